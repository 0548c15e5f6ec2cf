// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Opens files that loops can use without blocking.</summary>
public interface IAsyncFileSystem
{
    /// <summary>Opens a regular file or a block device.</summary>
    /// <param name="path">The path; relative ones are refused.</param>
    /// <param name="options">How to open it.</param>
    /// <exception cref="HandlerException">It could not be opened: missing, forbidden, or neither a regular file nor a block device.</exception>
    /// <remarks>Blocks; for control threads.</remarks>
    AsyncFile Open(string path, AsyncFileOptions options);
}
