//! One function compiled for several vector units, chosen when it runs.

/// Define a function whose body is compiled for AVX-512, for AVX2 and for the machine that every program
/// of this target can expect, and that picks the widest one this machine has.
///
/// A closure handed to a dispatcher would do as well if it were certain to be inlined; it is not.
macro_rules! multiversion {
    ($(#[$attribute:meta])* $visibility:vis fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block) => {
        $(#[$attribute])*
        #[inline]
        $visibility fn $name($($argument: $type),*) $(-> $result)? {
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($argument: $type),*) $(-> $result)? {
                    body($($argument),*)
                }

                #[target_feature(enable = "avx2,fma")]
                fn avx2($($argument: $type),*) $(-> $result)? {
                    body($($argument),*)
                }

                if $crate::model::bert::cpu::multiversion::has_avx512() {
                    #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
                    // SAFETY: the machine has every instruction set that the function names.
                    return unsafe { avx512($($argument),*) };
                }
                if $crate::model::bert::cpu::multiversion::has_avx2() {
                    #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
                    // SAFETY: as above.
                    return unsafe { avx2($($argument),*) };
                }
            }
            body($($argument),*)
        }
    };
}

pub(super) use multiversion;

/// Whether the machine has the AVX-512 subsets that the compiled code uses.
#[cfg(target_arch = "x86_64")]
pub(super) fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Whether the machine has AVX2 and fused multiply-add.
#[cfg(target_arch = "x86_64")]
pub(super) fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Whether the machine multiplies pairs of brain floats on its vector units (`VDPBF16PS`).
#[cfg(target_arch = "x86_64")]
pub(super) fn has_brain_vectors() -> bool {
    has_avx512() && is_x86_feature_detected!("avx512bf16")
}
