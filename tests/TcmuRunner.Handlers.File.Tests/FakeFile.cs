// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.File.Tests;

/// <summary>A file in memory that can be what the machine does not have: a block device, a file system with other block sizes, a full one.</summary>
internal sealed class FakeFile(string path, long lengthBytes) : AsyncFile
{
    private byte[] _bytes = new byte[lengthBytes];

    public bool IsFakeBlockDevice { get; init; }

    public bool HasHoles { get; init; } = true;

    public int BlockSizeBytes { get; init; } = 4096;

    public long MaximumLengthBytes { get; set; } = long.MaxValue;

    /// <summary>The extents to tell, as offset of the end and state; the last one reaches to infinity.</summary>
    public (long End, ExtentState State)[] Extents { get; init; } = [(long.MaxValue, ExtentState.Mapped)];

    public IoStatus Answer { get; set; }

    /// <summary>The operations that were asked for.</summary>
    public List<string> Calls { get; } = [];

    public int OpenCount { get; set; }

    public override string Path => path;

    public override bool IsBlockDevice => IsFakeBlockDevice;

    public override int PhysicalBlockSizeBytes => BlockSizeBytes;

    public override bool CanDeallocate => HasHoles;

    public override bool IsSolidState => false;

    public override long GetLength() => _bytes.Length;

    public override void SetLength(long lengthBytes)
    {
        if (lengthBytes > MaximumLengthBytes)
        {
            throw new HandlerException(HandlerErrorKind.NoSpace, $"'{path}' cannot have {lengthBytes} bytes.");
        }

        Calls.Add($"length {lengthBytes}");
        Array.Resize(ref _bytes, checked((int)lengthBytes));
    }

    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        Record($"read {offsetBytes}+{data.Length}");

    public override ValueTask<IoStatus> WriteAsync(
        long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        Record($"write {offsetBytes}+{data.Length} {options}");

    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => Record("flush");

    public override ValueTask<IoStatus> DeallocateAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        Record($"deallocate {offsetBytes}+{lengthBytes}");

    public override ValueTask<IoStatus> WriteZeroesAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        Record($"zero {offsetBytes}+{lengthBytes}");

    public override ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        (long end, ExtentState state) = Extents.First(extent => offsetBytes < extent.End);
        return new(new Extent(Math.Min(end - offsetBytes, lengthBytes), state, Answer));
    }

    public override ValueTask DisposeAsync()
    {
        OpenCount--;
        return ValueTask.CompletedTask;
    }

    private ValueTask<IoStatus> Record(string call)
    {
        Calls.Add(call);
        return new(Answer);
    }
}
