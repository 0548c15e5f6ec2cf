// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>A file in memory that can record everything that is done to it. Operations complete at once.</summary>
/// <param name="path">Its path.</param>
/// <param name="content">What it holds.</param>
internal sealed class MemoryFile(string path, byte[] content) : AsyncFile
{
    /// <summary>No image of the tests needs more; what writes behind it has gone astray.</summary>
    public const long MaximumBytes = 256 << 20;

    private readonly Lock _lock = new();
    private byte[] _content = [.. content];
    private long _length = content.Length;

    /// <summary>What was done, in order; null where nobody asks.</summary>
    public List<FileEvent>? Events { get; init; }

    public override string Path => path;
    public override bool IsBlockDevice => false;
    public override int PhysicalBlockSizeBytes => 4096;
    public override bool CanDeallocate => true;
    public override bool IsSolidState => true;

    public byte[] ToArray()
    {
        lock (_lock)
        {
            return _content.AsSpan(0, (int)_length).ToArray();
        }
    }

    /// <summary>How many events there are now.</summary>
    public int Now
    {
        get
        {
            lock (_lock)
            {
                return Events?.Count ?? 0;
            }
        }
    }

    public override long GetLength() => Volatile.Read(ref _length);

    public override void SetLength(long lengthBytes)
    {
        lock (_lock)
        {
            Events?.Add(new FileEvent(FileEventKind.Length, lengthBytes, []));
            Apply(ref _content, ref _length, new FileEvent(FileEventKind.Length, lengthBytes, []));
        }
    }

    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            long present = Math.Clamp(_length - offsetBytes, 0, data.Length);
            data.Slice(present).Clear();
            data.Slice(0, present).CopyFrom(_content.AsSpan((int)Math.Min(offsetBytes, _length), (int)present));
        }

        return new(IoStatus.Good);
    }

    public override ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (offsetBytes < 0 || offsetBytes + data.Length > MaximumBytes)
        {
            return new(IoOutcome.NoSpace);
        }

        byte[] bytes = new byte[data.Length];
        data.CopyTo(bytes);
        return Record(new FileEvent(options == WriteOptions.None ? FileEventKind.Write : FileEventKind.DurableWrite, offsetBytes, bytes));
    }

    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => Record(new FileEvent(FileEventKind.Flush, 0, []));

    public override ValueTask<IoStatus> DeallocateAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        long present = Math.Clamp(GetLength() - offsetBytes, 0, lengthBytes);
        return present == 0 ? new(IoStatus.Good) : Record(new FileEvent(FileEventKind.Write, offsetBytes, new byte[present]));
    }

    public override ValueTask<IoStatus> WriteZeroesAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        offsetBytes + lengthBytes > MaximumBytes ? new(IoOutcome.NoSpace) : Record(new FileEvent(FileEventKind.Write, offsetBytes, new byte[lengthBytes]));

    public override ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        new(new Extent(lengthBytes, offsetBytes < GetLength() ? ExtentState.Mapped : ExtentState.Deallocated));

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Does an event to bytes.</summary>
    public static void Apply(ref byte[] content, ref long length, FileEvent what)
    {
        long end = what.Kind == FileEventKind.Length ? what.Offset : Math.Max(length, what.Offset + what.Data.Length);
        if (end > content.Length)
        {
            Array.Resize(ref content, (int)Math.Max(end, content.Length * 2L));
        }

        if (end < length)
        {
            content.AsSpan((int)end, (int)(length - end)).Clear();
        }

        what.Data.CopyTo(content.AsSpan((int)(what.Kind == FileEventKind.Length ? 0 : what.Offset)));
        length = end;
    }

    private ValueTask<IoStatus> Record(FileEvent what)
    {
        lock (_lock)
        {
            Events?.Add(what);
            if (what.Data.Length > 0)
            {
                Apply(ref _content, ref _length, what);
            }
        }

        return new(IoStatus.Good);
    }
}

/// <summary>What can be done to a file.</summary>
internal enum FileEventKind
{
    Write,
    DurableWrite,
    Flush,
    Length,
}

/// <summary>Something that was done to a file.</summary>
/// <param name="Kind">What.</param>
/// <param name="Offset">Where; for a length, the length.</param>
/// <param name="Data">What was written.</param>
internal sealed record FileEvent(FileEventKind Kind, long Offset, byte[] Data);

/// <summary>Files in memory.</summary>
internal sealed class MemoryFileSystem : IAsyncFileSystem
{
    private readonly Dictionary<string, MemoryFile> _files = [];

    public MemoryFileSystem(params MemoryFile[] files)
    {
        foreach (MemoryFile file in files)
        {
            _files.Add(file.Path, file);
        }
    }

    public AsyncFile Open(string path, AsyncFileOptions options) =>
        _files.TryGetValue(path, out MemoryFile? file) ? file : throw new HandlerException(HandlerErrorKind.NotFound, $"'{path}' does not exist.");
}
