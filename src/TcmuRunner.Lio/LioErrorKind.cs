// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What went wrong in a <see cref="LioException"/>; what callers switch on.</summary>
public enum LioErrorKind
{
    /// <summary>The kernel refused for a reason of its own; <see cref="LioException.Errno"/> says which.</summary>
    Refused = 0,

    /// <summary>The caller is not root.</summary>
    NotPermitted,

    /// <summary>configfs is not mounted, or the kernel has no LIO.</summary>
    NotAvailable,

    /// <summary>The object does not exist, or no longer.</summary>
    NotFound,

    /// <summary>An object of that name, number or address exists already.</summary>
    AlreadyExists,

    /// <summary>A name, address, size or number is not legal for this kind of object.</summary>
    Invalid,

    /// <summary>The object is used by something that does not let go.</summary>
    InUse,

    /// <summary>This fabric, backstore or kernel has no such feature.</summary>
    NotSupported,

    /// <summary>A saved configuration cannot be read or written.</summary>
    SavedFile,
}
