// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What constructing an object does with the kernel.</summary>
public enum ObjectMode
{
    /// <summary>Attaches to the object when it exists, makes it otherwise.</summary>
    Any = 0,

    /// <summary>Attaches; <see cref="LioErrorKind.NotFound"/> when it does not exist.</summary>
    Attach,

    /// <summary>Makes it; <see cref="LioErrorKind.AlreadyExists"/> when it exists.</summary>
    Create,
}
