// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>A file that an image consists of: knows its length without asking, and joins flushes. Thread safe.</summary>
internal sealed class HostFile : Coalescer, IAsyncDisposable
{
    private readonly AsyncFile _file;
    private long _lengthBytes;

    /// <summary>Takes over <paramref name="file"/>.</summary>
    public HostFile(AsyncFile file, bool isReadOnly)
    {
        _file = file;
        IsReadOnly = isReadOnly;
        _lengthBytes = file.GetLength();
    }

    public string Path => _file.Path;
    public bool IsReadOnly { get; }
    public bool IsBlockDevice => _file.IsBlockDevice;
    public AsyncFile File => _file;

    /// <summary>The file's length in bytes, as far as this process has made it.</summary>
    public long LengthBytes => Volatile.Read(ref _lengthBytes);

    public ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken = default) =>
        _file.ReadAsync(offsetBytes, data, cancellationToken);

    public ValueTask<IoStatus> WriteAsync(
        long offsetBytes, ScatterList data, WriteOptions options = WriteOptions.None, CancellationToken cancellationToken = default)
    {
        NoteEnd(offsetBytes + data.Length);
        return _file.WriteAsync(offsetBytes, data, options, cancellationToken);
    }

    /// <summary>Makes everything written so far durable; joins a flush that has not begun.</summary>
    public ValueTask<IoStatus> FlushAsync() => IsReadOnly ? new(IoStatus.Good) : RequestAsync();

    /// <summary>Makes a range read as zeros, giving the space back where the file can, writing zeros where it cannot.</summary>
    /// <returns><see cref="IoOutcome.NotSupported"/>, with nothing changed, where neither is fast.</returns>
    public async ValueTask<IoStatus> ClearAsync(long offsetBytes, long lengthBytes, bool keepsSpace, CancellationToken cancellationToken = default)
    {
        IoStatus status = keepsSpace || !_file.CanDeallocate
            ? IoOutcome.NotSupported
            : await _file.DeallocateAsync(offsetBytes, lengthBytes, cancellationToken).ConfigureAwait(false);
        return status.Outcome == IoOutcome.NotSupported
            ? await _file.WriteZeroesAsync(offsetBytes, lengthBytes, cancellationToken).ConfigureAwait(false)
            : status;
    }

    /// <summary>Gives the space of a range back, where the file can.</summary>
    public ValueTask<IoStatus> ClearHoleAsync(long offsetBytes, long lengthBytes) =>
        _file.CanDeallocate ? _file.DeallocateAsync(offsetBytes, lengthBytes, CancellationToken.None) : new(IoOutcome.NotSupported);

    /// <summary>Changes the length of a regular file. Blocks; for control threads.</summary>
    public void SetLength(long lengthBytes)
    {
        _file.SetLength(lengthBytes);
        Volatile.Write(ref _lengthBytes, lengthBytes);
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    protected override ValueTask<IoStatus> RunRoundAsync() => _file.FlushAsync(CancellationToken.None);

    private void NoteEnd(long end)
    {
        long known = Volatile.Read(ref _lengthBytes);
        while (end > known)
        {
            long seen = Interlocked.CompareExchange(ref _lengthBytes, end, known);
            if (seen == known)
            {
                return;
            }

            known = seen;
        }
    }
}
