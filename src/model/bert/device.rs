//! Which processor the network runs on: a hardware GPU through wgpu where there is one, else the CPU.
//!
//! A software adapter (lavapipe, llvmpipe, WARP) is slower than the CPU engine and is never taken by
//! itself: only by [`DeviceChoice::SoftwareGpu`], which tests use.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::str::FromStr;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use burn::tensor::{DType, Device, DeviceKind, Tensor};
use burn_wgpu::{WgpuBackend, wgpu};
use serde::{Deserialize, Serialize};

use super::cpu;
use crate::model::ModelError;

/// The device that somebody asked for. As text `auto`, `gpu` or `cpu`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// A hardware GPU if one works, else the CPU.
    #[default]
    Auto,
    /// A hardware GPU or an error.
    Gpu,
    /// The CPU.
    Cpu,
    /// A software adapter; for testing the GPU path on machines without one. Text `software-gpu`.
    SoftwareGpu,
}

impl DeviceChoice {
    /// What a user may choose from.
    pub const OFFERED: [Self; 3] = [Self::Auto, Self::Gpu, Self::Cpu];

    const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
            Self::SoftwareGpu => "software-gpu",
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Auto, Self::Gpu, Self::Cpu, Self::SoftwareGpu]
            .into_iter()
            .find(|choice| choice.name() == text.trim())
            .ok_or_else(|| format!("there is no device {text:?}; choose auto, gpu or cpu"))
    }
}

/// The kind of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessorKind {
    /// A graphics card with memory of its own.
    DiscreteGpu,
    /// A GPU that shares the main memory.
    IntegratedGpu,
    /// A GPU handed to a virtual machine.
    VirtualGpu,
    /// A processor, or a driver that imitates a GPU on it.
    Cpu,
    /// A driver that does not say.
    Other,
}

/// A device that was found, as `doctor` and the status bar show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// What the driver calls it.
    pub name: String,
    /// What kind of processor it is.
    pub kind: ProcessorKind,
    /// The interface to it: `vulkan`, `metal`, `dx12`, `gl` or `cpu`.
    pub backend: String,
    /// Whether it imitates a GPU on the CPU.
    pub is_software: bool,
    /// Whether [`DeviceChoice::Auto`] may take it.
    pub usable: bool,
    /// Whether it multiplies 16-bit numbers, as [`Precision::Mixed`](super::precision::Precision) does.
    pub mixed: bool,
}

/// The device that a network will run on.
#[derive(Debug, Clone)]
pub struct SelectedDevice {
    /// What to show: name and interface.
    pub description: String,
    /// Whether it is a GPU, hardware or imitated.
    pub is_gpu: bool,
    /// What was tried before and did not work; empty when the first choice worked.
    pub warnings: Vec<String>,
    device: Device,
}

impl SelectedDevice {
    pub(in crate::model::bert) fn device(&self) -> &Device {
        &self.device
    }

    /// Whether it stores and computes in half floats.
    pub(in crate::model::bert) fn has_half_floats(&self) -> bool {
        self.device.supports_dtype(DType::F16)
    }

    fn cpu(warnings: Vec<String>) -> Self {
        Self { description: cpu_info().name, is_gpu: false, warnings, device: Device::flex() }
    }
}

/// Every device of this machine, GPUs first, the CPU last. Never fails and never panics.
#[must_use]
pub fn enumerate() -> Vec<DeviceInfo> {
    let mut found = catch_unwind(adapters).unwrap_or_default();
    found.sort_by_key(|device| device.is_software);
    found.push(cpu_info());
    found
}

/// Open the device for `choice`. Later calls with the same choice return the same device.
///
/// # Errors
/// [`ModelError::Device`] when a GPU was asked for and none works.
pub fn select(choice: DeviceChoice) -> Result<SelectedDevice, ModelError> {
    match choice {
        DeviceChoice::Cpu => Ok(SelectedDevice::cpu(Vec::new())),
        DeviceChoice::Auto => Ok(match open_gpu(Adapter::Hardware) {
            Ok(device) => device,
            Err(tried) => SelectedDevice::cpu(tried.failures),
        }),
        DeviceChoice::Gpu => open_gpu(Adapter::Hardware).map_err(|tried| tried.into_error()),
        DeviceChoice::SoftwareGpu => {
            open_gpu(Adapter::Software).map_err(|tried| tried.into_error())
        }
    }
}

/// Run work on a device, turning a panic of its driver into an error.
///
/// # Errors
/// What `work` returns, or [`ModelError::Device`] when it panicked.
pub(in crate::model::bert) fn guard<T>(
    device: &SelectedDevice,
    work: impl FnOnce() -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic_text(panic.as_ref());
        let device = &device.description;
        Err(ModelError::Device(format!(
            "the device {device} failed: {what}. Choose the device cpu, or try again"
        )))
    })
}

/// The text of a panic.
fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_else(|| "it gave no reason".into())
}

/// The interfaces to GPUs that this system has, the better one first. OpenGL is left out: it computes
/// poorly, and asking for it while a window opens its own context of it makes the driver fail.
const APIS: &[WgpuBackend] = if cfg!(target_os = "macos") {
    &[WgpuBackend::Metal]
} else if cfg!(target_os = "windows") {
    &[WgpuBackend::Dx12, WgpuBackend::Vulkan]
} else {
    &[WgpuBackend::Vulkan]
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adapter {
    Hardware,
    Software,
}

impl Adapter {
    const fn kinds(self) -> &'static [DeviceKind] {
        match self {
            Self::Hardware => &[
                DeviceKind::DiscreteGpu(0),
                DeviceKind::IntegratedGpu(0),
                DeviceKind::VirtualGpu(0),
            ],
            Self::Software => &[DeviceKind::Cpu],
        }
    }
}

/// Why no GPU could be opened.
#[derive(Debug, Clone)]
struct Tried {
    /// Adapters that are there but do not work.
    failures: Vec<String>,
}

impl Tried {
    fn into_error(self) -> ModelError {
        let found: Vec<String> = enumerate()
            .into_iter()
            .map(|device| format!("{} ({})", device.name, device.backend))
            .collect();
        let mut text = format!(
            "no GPU can be used (found {}). Choose the device cpu or auto",
            found.join(", ")
        );
        for failure in self.failures {
            text.push_str("; ");
            text.push_str(&failure);
        }
        ModelError::Device(text)
    }
}

/// GPUs opened so far: wgpu refuses to open a selector twice.
static OPENED: Mutex<Vec<(Adapter, SelectedDevice)>> = Mutex::new(Vec::new());

fn open_gpu(adapter: Adapter) -> Result<SelectedDevice, Tried> {
    let mut opened = OPENED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, device)) = opened.iter().find(|(kind, _)| *kind == adapter) {
        return Ok(device.clone());
    }
    let mut failures = Vec::new();
    for (api, kind) in
        APIS.iter().flat_map(|api| adapter.kinds().iter().map(move |kind| (api, kind)))
    {
        match catch_unwind(|| try_open(*api, kind)) {
            Ok(Ok(Some(device))) => {
                opened.push((adapter, device.clone()));
                return Ok(device);
            }
            Ok(Ok(None)) => {}
            Ok(Err(failure)) => failures.push(failure),
            Err(panic) => failures.push(panic_text(panic.as_ref())),
        }
    }
    Err(Tried { failures })
}

/// Open one adapter and see that it computes; `None` when the machine has no such adapter.
fn try_open(api: WgpuBackend, kind: &DeviceKind) -> Result<Option<SelectedDevice>, String> {
    let options = Device::wgpu_options().graphics_api(api).device_kind(kind.clone());
    let Ok((device, setup)) = options.init_with_setup() else { return Ok(None) };
    let info = describe(&setup.adapter.get_info());
    let sum = Tensor::<1>::from_floats([1.0, 2.0], &device) + 1.0;
    match sum.try_into_vec_as::<f32>() {
        Ok(values) if values == [2.0, 3.0] => Ok(Some(SelectedDevice {
            description: format!("{} ({})", info.name, info.backend),
            is_gpu: true,
            warnings: Vec::new(),
            device,
        })),
        Ok(values) => Err(format!("{} computes wrongly: 1+1, 2+1 gave {values:?}", info.name)),
        Err(error) => Err(format!("{} does not compute: {error}", info.name)),
    }
}

fn adapters() -> Vec<DeviceInfo> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: wgpu::Backends::PRIMARY,
        ..wgpu::InstanceDescriptor::new_without_display_handle()
    });
    block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
        .unwrap_or_default()
        .iter()
        .map(|adapter| {
            let mixed = adapter.features().contains(wgpu::Features::SHADER_F16);
            DeviceInfo { mixed, ..describe(&adapter.get_info()) }
        })
        .collect()
}

fn describe(info: &wgpu::AdapterInfo) -> DeviceInfo {
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => ProcessorKind::DiscreteGpu,
        wgpu::DeviceType::IntegratedGpu => ProcessorKind::IntegratedGpu,
        wgpu::DeviceType::VirtualGpu => ProcessorKind::VirtualGpu,
        wgpu::DeviceType::Cpu => ProcessorKind::Cpu,
        wgpu::DeviceType::Other => ProcessorKind::Other,
    };
    DeviceInfo {
        name: info.name.clone(),
        kind,
        backend: info.backend.to_str().to_owned(),
        is_software: kind == ProcessorKind::Cpu,
        usable: !matches!(kind, ProcessorKind::Cpu | ProcessorKind::Other),
        mixed: false,
    }
}

fn cpu_info() -> DeviceInfo {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    DeviceInfo {
        name: format!("CPU, {threads} threads"),
        kind: ProcessorKind::Cpu,
        backend: "cpu".into(),
        is_software: false,
        usable: true,
        mixed: cpu::has_brain_floats(),
    }
}

/// The value of a future that is ready at once, as wgpu's are outside a browser.
fn block_on<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_back_from_its_text() {
        for choice in DeviceChoice::OFFERED {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("tpu".parse::<DeviceChoice>().expect_err("no such device").contains("tpu"));
    }

    #[test]
    fn the_cpu_is_always_there_and_software_is_never_usable() {
        let devices = enumerate();
        assert!(devices.last().is_some_and(|device| device.backend == "cpu" && device.usable));
        assert!(devices.iter().all(|device| !(device.is_software && device.usable)));
    }

    #[test]
    fn auto_never_takes_a_software_adapter() {
        let has_hardware =
            enumerate().iter().any(|device| device.usable && device.kind != ProcessorKind::Cpu);
        let selected = select(DeviceChoice::Auto).expect("auto falls back to the CPU");
        assert!(!selected.is_gpu || has_hardware, "{selected:?}");
        if !has_hardware {
            let error = select(DeviceChoice::Gpu).expect_err("there is no GPU").to_string();
            assert!(error.contains("Choose the device cpu"), "{error}");
        }
    }

    #[test]
    fn a_panic_on_the_device_becomes_an_error() {
        let device = select(DeviceChoice::Cpu).expect("the CPU");
        let result: Result<(), _> = guard(&device, || panic!("device lost"));
        assert!(result.expect_err("a panic").to_string().contains("device lost"));
    }
}
