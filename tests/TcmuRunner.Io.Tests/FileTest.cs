// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Io.Tests;

/// <summary>A temporary file on a disk or in memory, open through a loop or without one; removed at the end.</summary>
internal sealed class FileTest : IAsyncDisposable
{
    private readonly AsyncFileOptions _options;
    private readonly IoLoop? _loop;
    private AsyncFile? _file;

    /// <param name="mechanism"><c>io_uring</c>, <c>epoll</c>, or <c>none</c>: not on a loop.</param>
    /// <param name="place"><c>disk</c> or <c>memory</c> (tmpfs).</param>
    /// <param name="direct">Past the page cache.</param>
    /// <param name="queueEntries">Size of the io_uring.</param>
    internal FileTest(string mechanism, string place = "disk", bool direct = false, int queueEntries = 64)
    {
        string directory = place == "memory" ? "/dev/shm" : System.IO.Path.GetTempPath();
        Path = System.IO.Path.Combine(directory, $"tcmu-io-{Guid.NewGuid():N}");
        _options = AsyncFileOptions.Create | (direct ? AsyncFileOptions.Direct : AsyncFileOptions.None);
        _loop = mechanism == "none" ? null : LoopFactory.Start(mechanism, queueEntries: queueEntries);
    }

    internal string Path { get; }

    internal IoLoop Loop => _loop!;

    internal AsyncFile File => _file ??= new AsyncFileSystem().Open(Path, _options);

    public async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }

        if (_file is not null)
        {
            await _file.DisposeAsync();
        }

        System.IO.File.Delete(Path);
    }

    internal Task RunAsync(Func<AsyncFile, Task> body) =>
        _loop is null ? body(File).WaitAsync(LoopFactory.Limit) : _loop.RunAsync(() => body(File));
}
