// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tcmu.Uio;

/// <summary>Why a UIO device cannot be used.</summary>
internal enum UioErrorKind
{
    /// <summary>None of the others.</summary>
    Failed = 0,

    /// <summary>The kernel has removed the device.</summary>
    Gone = 1,

    /// <summary>Another process holds it open.</summary>
    Busy = 2,

    /// <summary>This process may not open it.</summary>
    NotPermitted = 3,

    /// <summary>The shared memory is not laid out as this program understands it.</summary>
    UnsupportedLayout = 4,

    /// <summary>The ring holds something that no kernel writes; nothing in it can be trusted any more.</summary>
    CorruptRing = 5,
}
