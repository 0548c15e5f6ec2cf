// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io.Files;

namespace TcmuRunner.Io;

/// <summary>Opens <see cref="AsyncFile"/>s whose operations run on the loop of the calling thread, or on the worker pool elsewhere.</summary>
public sealed class AsyncFileSystem : IAsyncFileSystem
{
    /// <inheritdoc/>
    public AsyncFile Open(string path, AsyncFileOptions options) => FileOpener.Open(path, options);
}
