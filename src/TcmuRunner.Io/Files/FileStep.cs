// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io.Files;

/// <summary>The system call that a <see cref="FileOperation"/> is at.</summary>
internal enum FileStep
{
    /// <summary>preadv2(2).</summary>
    Read,

    /// <summary>preadv2(2) of the blocks that an unaligned direct write touches; <see cref="Write"/> follows.</summary>
    ReadToMerge,

    /// <summary>pwritev2(2).</summary>
    Write,

    /// <summary>fdatasync(2).</summary>
    Flush,

    /// <summary>fallocate(2).</summary>
    Allocate,
}
