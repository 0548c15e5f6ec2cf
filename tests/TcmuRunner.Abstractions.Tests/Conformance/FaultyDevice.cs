// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions.Tests.Conformance;

/// <summary>A device in memory with every optional operation, and one fault.</summary>
internal sealed class FaultyDevice : IBlockDevice, IFlushDevice, IUnmapDevice, IWriteSameDevice, ICompareAndWriteDevice, IExtentsDevice, IResizeDevice
{
    private const DeviceCapabilities All = DeviceCapabilities.Flush | DeviceCapabilities.ForceUnitAccess | DeviceCapabilities.Unmap
        | DeviceCapabilities.WriteSame | DeviceCapabilities.CompareAndWrite | DeviceCapabilities.Extents | DeviceCapabilities.Resize;

    private readonly Fault _fault;
    private readonly byte[] _bytes;
    private readonly int _blockSizeBytes;
    private bool _isClosed;
    private object? _garbage;

    public FaultyDevice(Fault fault, long sizeBytes, int blockSizeBytes)
    {
        _fault = fault;
        _bytes = new byte[sizeBytes * 2];
        _blockSizeBytes = blockSizeBytes;
        Characteristics = new DeviceCharacteristics
        {
            SizeBytes = fault == Fault.SizeOfItsOwn ? sizeBytes + blockSizeBytes : sizeBytes,
            Capabilities = fault switch
            {
                Fault.CacheWithoutFlush => All & ~DeviceCapabilities.Flush,
                Fault.PromiseWithoutInterface => All | DeviceCapabilities.RawCommands,
                _ => All,
            },
            HasVolatileWriteCache = true,
        };
    }

    public DeviceCharacteristics Characteristics { get; }

    public unsafe ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken)
    {
        switch (_fault)
        {
            case Fault.OperationNeverCompletes:
                return new IoCompletion().Start();
            case Fault.OperationThrows:
                throw new InvalidOperationException("A fault.");
            case Fault.CancelledOperationFails when cancellationToken.IsCancellationRequested:
                return new(IoOutcome.ReadError);
            case Fault.ReadLeavesTheLastByte:
                data = data.Slice(0, data.Length - 1);
                break;
            case Fault.ReadWritesBesideTheList:
                var vectors = new IoVector[data.MaximumVectorCount];
                data.CopyVectors(vectors);
                *((byte*)vectors[0].Base - 1) = 0;
                break;
        }

        data.CopyFrom(_bytes.AsSpan((int)offsetBytes, (int)data.Length));
        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        if (_fault == Fault.WriteFails)
        {
            return new(IoOutcome.WriteError);
        }

        foreach (Span<byte> segment in data)
        {
            segment.CopyTo(_bytes.AsSpan((int)offsetBytes));
            offsetBytes += segment.Length;
            if (_fault == Fault.WriteForgetsTheSecondPiece)
            {
                break;
            }
        }

        if (_fault == Fault.WriteChangesItsSource)
        {
            data.Slice(0, 1).Clear();
        }

        if (_fault == Fault.WriteAllocates)
        {
            _garbage = new object();
        }

        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) =>
        new(_fault == Fault.FlushFails ? IoOutcome.WriteError : IoStatus.Good);

    public ValueTask<IoStatus> UnmapAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        int length = (int)lengthBytes + (_fault == Fault.UnmapTakesTheNeighbour ? 1 : _fault == Fault.UnmapLeavesAByte ? -1 : 0);
        _bytes.AsSpan((int)offsetBytes, length).Clear();
        return new(IoStatus.Good);
    }

    public ValueTask<IoStatus> WriteSameAsync(long offsetBytes, long lengthBytes, ScatterList block, CancellationToken cancellationToken)
    {
        if (_fault == Fault.DeclinedWriteSameWrites)
        {
            block.CopyTo(_bytes.AsSpan((int)offsetBytes));
        }

        return new(IoOutcome.NotSupported);
    }

    public ValueTask<IoStatus> CompareAndWriteAsync(long offsetBytes, ScatterList expected, ScatterList data, CancellationToken cancellationToken)
    {
        Span<byte> current = _bytes.AsSpan((int)offsetBytes, (int)data.Length);
        long difference = expected.IndexOfDifference(current);
        if (difference < 0 || _fault == Fault.MiscompareWrites)
        {
            data.CopyTo(current);
        }

        long told = _fault == Fault.MiscompareTellsAnotherPlace ? difference + 1 : difference;
        return new(difference < 0 ? IoStatus.Good : IoStatus.Miscompare(told));
    }

    public ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) => new(_fault switch
    {
        Fault.ExtentIsEmpty => new Extent(0, ExtentState.Mapped),
        Fault.ExtentDeniesData => new Extent(_blockSizeBytes, ExtentState.Deallocated),
        _ => new Extent(_blockSizeBytes, ExtentState.Mapped),
    });

    public ValueTask ResizeAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        if (_fault == Fault.ShrinkLosesData)
        {
            _bytes.AsSpan().Clear();
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        ObjectDisposedException.ThrowIf(_isClosed && _fault == Fault.SecondCloseThrows, this);
        _isClosed = true;
        _garbage = null;
        return ValueTask.CompletedTask;
    }
}
