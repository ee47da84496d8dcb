//! What the pickle of a `PyTorch` state dict says.
//!
//! A pickle is a program for a stack machine, and Python's own machine calls whatever a file names. This
//! one calls nothing: it knows the few constructors that state dicts are made of, notes what they would
//! have built, and refuses every other name and instruction. Objects lie in one list and refer to each
//! other by index, so that nothing in a file can make it recurse or copy.

use std::collections::{BTreeMap, HashMap};

/// Longest pickle that is read: state dicts of large models take well under a megabyte.
const MAX_BYTES: usize = 16 << 20;

/// Most objects that one may make or remember; a large model takes some ten thousand.
const MAX_OBJECTS: usize = 1 << 17;

/// Longest name of anything, bytes; a longer one might be copied without end.
const MAX_NAME: usize = 512;

/// Arguments of a call that are looked at.
const MOST_ARGUMENTS: usize = 8;

/// The element type of a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    F64,
    F32,
    F16,
    Bf16,
    /// Whole numbers and truth values, of this many bytes; no weights of an encoder.
    Other(usize),
}

impl Element {
    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other(size) => size,
        }
    }

    fn of_storage(name: &str) -> Option<Self> {
        Some(match name {
            "DoubleStorage" => Self::F64,
            "FloatStorage" => Self::F32,
            "HalfStorage" => Self::F16,
            "BFloat16Storage" => Self::Bf16,
            "LongStorage" => Self::Other(8),
            "IntStorage" => Self::Other(4),
            "ShortStorage" => Self::Other(2),
            "CharStorage" | "ByteStorage" | "BoolStorage" => Self::Other(1),
            _ => return None,
        })
    }
}

/// A run of elements that lies elsewhere in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    /// Its name.
    pub key: String,
    /// What it holds.
    pub element: Element,
    /// How many, as the pickle says.
    pub count: usize,
}

/// A view of a storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorView {
    /// Where its elements lie.
    pub storage: Storage,
    /// The first of them.
    pub offset: usize,
    /// Size of each dimension.
    pub shape: Vec<usize>,
    /// Elements from one index to the next, of each dimension.
    pub strides: Vec<usize>,
}

/// What a pickle told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Tensors of the dictionary that the pickle is of, those of a `state_dict` inside it otherwise.
    pub tensors: BTreeMap<String, TensorView>,
    /// Every storage that was named, by its key.
    pub storages: BTreeMap<String, Storage>,
    /// Texts of the list that the pickle is of.
    pub texts: Vec<String>,
    /// The whole number that the pickle is of.
    pub number: Option<i128>,
    /// Bytes read.
    pub length: usize,
}

type Id = usize;

#[derive(Debug, Clone)]
enum Object {
    Nothing,
    Number(i128),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Constructor(Constructor),
    StorageKind(Element),
    Storage(Storage),
    Tensor(TensorView),
}

/// The names that state dicts call.
#[derive(Debug, Clone, Copy)]
enum Constructor {
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
}

/// Read one pickle from the front of `bytes`.
///
/// # Errors
/// What is damaged, or what the pickle asks for that no state dict needs.
pub(super) fn read(bytes: &[u8]) -> Result<Told, String> {
    let mut machine = Machine {
        bytes: &bytes[..bytes.len().min(MAX_BYTES)],
        at: 0,
        objects: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        told: Told::default(),
    };
    while machine.step()? {}
    machine.finish()
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    objects: Vec<Object>,
    stack: Vec<Id>,
    /// Heights of the stack where groups begin.
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
    told: Told,
}

fn damaged(what: &str) -> String {
    format!("its pickle is damaged ({what})")
}

impl Machine<'_> {
    /// Carry out one instruction; `false` after the last.
    fn step(&mut self) -> Result<bool, String> {
        let code = self.byte()?;
        match code {
            b'.' => return Ok(false),
            0x80 => {
                self.take(1)?;
            }
            0x95 => {
                self.take(8)?;
            }
            b'(' => self.marks.push(self.stack.len()),
            b'0' => {
                self.pop()?;
            }
            b'1' => {
                self.group()?;
            }
            b'N' => self.push(Object::Nothing)?,
            0x88 => self.push(Object::Number(1))?,
            0x89 => self.push(Object::Number(0))?,
            b'K' | b'M' | b'J' | b'G' | 0x8a => self.number(code)?,
            b'X' | b'T' | b'U' | 0x8c => self.text(code)?,
            b')' | 0x85 | 0x86 | 0x87 | b't' => self.tuple(code)?,
            b']' => self.push(Object::List(Vec::new()))?,
            b'l' => {
                let items = self.group()?;
                self.push(Object::List(items))?;
            }
            b'}' => self.push(Object::Dict(Vec::new()))?,
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])?;
            }
            b'e' => {
                let items = self.group()?;
                self.append(items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(vec![key, value])?;
            }
            b'u' => {
                let items = self.group()?;
                self.set(items)?;
            }
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.remember(code)?,
            b'c' | 0x93 => self.constructor(code)?,
            b'Q' => self.storage()?,
            b'R' => self.call()?,
            b'b' => self.attributes()?,
            other => {
                return Err(format!(
                    "its pickle holds the instruction {other:#04x}, which no state dict needs"
                ));
            }
        }
        Ok(true)
    }

    fn byte(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn take(&mut self, count: usize) -> Result<&[u8], String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or_else(|| damaged("it breaks off"))?;
        let start = std::mem::replace(&mut self.at, end);
        Ok(&self.bytes[start..end])
    }

    fn little_endian(&mut self, count: usize) -> Result<u64, String> {
        Ok(self.take(count)?.iter().rev().fold(0, |value, &byte| (value << 8) | u64::from(byte)))
    }

    fn push(&mut self, object: Object) -> Result<(), String> {
        if self.objects.len() >= MAX_OBJECTS {
            return Err(format!("its pickle makes more than {MAX_OBJECTS} objects"));
        }
        self.stack.push(self.objects.len());
        self.objects.push(object);
        Ok(())
    }

    fn pop(&mut self) -> Result<Id, String> {
        let floor = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= floor {
            return Err(damaged("it takes from an empty stack"));
        }
        self.stack.pop().ok_or_else(|| damaged("it takes from an empty stack"))
    }

    /// What was put down since the last mark.
    fn group(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or_else(|| damaged("a group has no beginning"))?;
        Ok(self.stack.split_off(mark))
    }

    fn number(&mut self, code: u8) -> Result<(), String> {
        let value = match code {
            b'K' => i128::from(self.byte()?),
            b'M' => i128::from(self.little_endian(2)?),
            b'J' => i128::from((self.little_endian(4)? as u32).cast_signed()),
            // A float: no number of a tensor's shape, so its value does not matter.
            b'G' => {
                self.take(8)?;
                return self.push(Object::Nothing);
            }
            _ => {
                let count = usize::from(self.byte()?);
                let bytes = self.take(count)?;
                if count > 15 {
                    return Err(damaged("a number has more than 15 bytes"));
                }
                let value =
                    bytes.iter().rev().fold(0, |value, &byte| (value << 8) | i128::from(byte));
                let is_negative = bytes.last().is_some_and(|&last| last >= 0x80);
                if is_negative { value - (1_i128 << (8 * count)) } else { value }
            }
        };
        self.push(Object::Number(value))
    }

    fn text(&mut self, code: u8) -> Result<(), String> {
        let count = self.little_endian(if matches!(code, b'X' | b'T') { 4 } else { 1 })?;
        let count = usize::try_from(count).map_err(|_| damaged("a text is too long"))?;
        let text = String::from_utf8_lossy(self.take(count)?).into_owned();
        self.push(Object::Text(text))
    }

    fn tuple(&mut self, code: u8) -> Result<(), String> {
        let items = match code {
            b')' => Vec::new(),
            b't' => self.group()?,
            _ => {
                let mut items =
                    (0..=code - 0x85).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
                items.reverse();
                items
            }
        };
        self.push(Object::Tuple(items))
    }

    fn top(&mut self) -> Result<&mut Object, String> {
        let id = *self.stack.last().ok_or_else(|| damaged("it changes what is not there"))?;
        Ok(&mut self.objects[id])
    }

    fn append(&mut self, items: Vec<Id>) -> Result<(), String> {
        match self.top()? {
            Object::List(list) => list.extend(items),
            _ => return Err(damaged("it appends to what is no list")),
        }
        Ok(())
    }

    fn set(&mut self, items: Vec<Id>) -> Result<(), String> {
        let Object::Dict(dict) = self.top()? else {
            return Err(damaged("it sets keys of what is no dictionary"));
        };
        let (pairs, rest) = items.as_chunks::<2>();
        dict.extend(pairs.iter().map(|&[key, value]| (key, value)));
        if rest.is_empty() { Ok(()) } else { Err(damaged("a key has no value")) }
    }

    fn remember(&mut self, code: u8) -> Result<(), String> {
        let place = match code {
            b'q' | b'h' => u32::from(self.byte()?),
            b'r' | b'j' => self.little_endian(4)? as u32,
            _ => u32::try_from(self.memo.len()).map_err(|_| damaged("it remembers too much"))?,
        };
        if matches!(code, b'h' | b'j') {
            let id =
                self.memo.get(&place).ok_or_else(|| damaged("it recalls what it never saw"))?;
            self.stack.push(*id);
        } else {
            let id = *self.stack.last().ok_or_else(|| damaged("it remembers nothing"))?;
            if self.memo.len() >= MAX_OBJECTS {
                return Err(damaged("it remembers too much"));
            }
            self.memo.insert(place, id);
        }
        Ok(())
    }

    fn line(&mut self) -> Result<String, String> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n');
        let end = end.ok_or_else(|| damaged("it breaks off"))?;
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        self.at += end + 1;
        Ok(line)
    }

    fn constructor(&mut self, code: u8) -> Result<(), String> {
        let (module, name) = if code == b'c' {
            (self.line()?, self.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            (self.name_of(module)?.to_owned(), self.name_of(name)?.to_owned())
        };
        let object = match (module.as_str(), name.as_str()) {
            ("collections", "OrderedDict") => Object::Constructor(Constructor::OrderedDict),
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor") => {
                Object::Constructor(Constructor::RebuildTensor)
            }
            ("torch._utils", "_rebuild_parameter") => {
                Object::Constructor(Constructor::RebuildParameter)
            }
            ("torch" | "torch.storage", kind) if Element::of_storage(kind).is_some() => {
                Element::of_storage(kind).map_or(Object::Nothing, Object::StorageKind)
            }
            _ => {
                let shown: String = format!("{module}.{name}").chars().take(80).collect();
                return Err(format!(
                    "it asks Python to call {shown:?}, which no state dict needs; nothing was called. \
                     Save the model's weights as safetensors"
                ));
            }
        };
        self.push(object)
    }

    fn name_of(&self, id: Id) -> Result<&str, String> {
        match &self.objects[id] {
            Object::Text(text) if text.len() <= MAX_NAME => Ok(text),
            Object::Text(_) => Err(damaged("a name is absurdly long")),
            _ => Err(damaged("a name is missing")),
        }
    }

    fn size_of(&self, id: Id) -> Result<usize, String> {
        match &self.objects[id] {
            Object::Number(value) => {
                usize::try_from(*value).map_err(|_| damaged("a size is negative or absurd"))
            }
            _ => Err(damaged("a size is missing")),
        }
    }

    fn sizes_of(&self, id: Id) -> Result<Vec<usize>, String> {
        match &self.objects[id] {
            Object::Tuple(items) if items.len() <= MOST_ARGUMENTS => {
                items.iter().map(|&item| self.size_of(item)).collect()
            }
            _ => Err(damaged("a shape is missing")),
        }
    }

    /// `('storage', type, key, location, count)`.
    fn storage(&mut self) -> Result<(), String> {
        let id = self.pop()?;
        let Object::Tuple(parts) = &self.objects[id] else {
            return Err(damaged("a storage is not told as one"));
        };
        let &[tag, kind, key, _, count, ..] = parts.as_slice() else {
            return Err(damaged("a storage is not told whole"));
        };
        let Object::StorageKind(element) = self.objects[kind] else {
            return Err(damaged("a storage is of no known type"));
        };
        if self.name_of(tag)? != "storage" {
            return Err(damaged("a storage is not told as one"));
        }
        let storage =
            Storage { key: self.name_of(key)?.to_owned(), element, count: self.size_of(count)? };
        self.told.storages.insert(storage.key.clone(), storage.clone());
        self.push(Object::Storage(storage))
    }

    fn call(&mut self) -> Result<(), String> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let Object::Constructor(constructor) = self.objects[callee] else {
            return Err(damaged("it calls what cannot be called"));
        };
        let Object::Tuple(arguments) = &self.objects[arguments] else {
            return Err(damaged("a call has no arguments"));
        };
        // A tuple may be long and called with again and again; no call needs more than its beginning.
        let arguments: Vec<Id> = arguments.iter().take(MOST_ARGUMENTS).copied().collect();
        match (constructor, arguments.as_slice()) {
            (Constructor::OrderedDict, []) => self.push(Object::Dict(Vec::new())),
            (Constructor::RebuildTensor, &[storage, offset, shape, strides, ..]) => {
                let Object::Storage(storage) = self.objects[storage].clone() else {
                    return Err(damaged("a tensor has no storage"));
                };
                let view = TensorView {
                    storage,
                    offset: self.size_of(offset)?,
                    shape: self.sizes_of(shape)?,
                    strides: self.sizes_of(strides)?,
                };
                self.push(Object::Tensor(view))
            }
            (Constructor::RebuildParameter, &[data, ..]) => {
                self.stack.push(data);
                Ok(())
            }
            _ => Err(damaged("a call lacks arguments")),
        }
    }

    /// Attributes of a dictionary, such as the versions of its layers; they are not needed.
    fn attributes(&mut self) -> Result<(), String> {
        self.pop()?;
        match self.top()? {
            Object::Dict(_) => Ok(()),
            _ => Err("its pickle sets attributes of what is no dictionary".to_owned()),
        }
    }

    fn finish(mut self) -> Result<Told, String> {
        let top = self.pop()?;
        self.told.length = self.at;
        match &self.objects[top] {
            Object::Dict(entries) => {
                let tensors = self.tensors(entries);
                let tensors =
                    if tensors.is_empty() { self.inner_tensors(entries) } else { tensors };
                self.told.tensors = tensors;
            }
            Object::List(items) => {
                let texts = items.iter().map(|&item| self.name_of(item).map(str::to_owned));
                self.told.texts = texts.collect::<Result<_, _>>()?;
            }
            Object::Number(value) => self.told.number = Some(*value),
            _ => {}
        }
        Ok(self.told)
    }

    fn tensors(&self, entries: &[(Id, Id)]) -> BTreeMap<String, TensorView> {
        entries
            .iter()
            .filter_map(|&(key, value)| match (&self.objects[key], &self.objects[value]) {
                (Object::Text(name), Object::Tensor(view)) if name.len() <= MAX_NAME => {
                    Some((name.clone(), view.clone()))
                }
                _ => None,
            })
            .collect()
    }

    /// Training scripts often save `{"state_dict": …}`.
    fn inner_tensors(&self, entries: &[(Id, Id)]) -> BTreeMap<String, TensorView> {
        entries
            .iter()
            .find_map(|&(key, value)| match (&self.objects[key], &self.objects[value]) {
                (Object::Text(name), Object::Dict(inner)) if name == "state_dict" => Some(inner),
                _ => None,
            })
            .map_or_else(BTreeMap::new, |inner| self.tensors(inner))
    }
}
