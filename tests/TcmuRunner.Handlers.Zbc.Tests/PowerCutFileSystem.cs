// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>
/// Real files that remember what would be left of them after a power cut: what was flushed or written through, and any part of the rest, because
/// a page cache reaches the disk in no order.
/// </summary>
internal sealed class PowerCutFileSystem : IAsyncFileSystem
{
    private readonly AsyncFileSystem _files = new();

    public PowerCutFile? Last { get; private set; }

    public AsyncFile Open(string path, AsyncFileOptions options) => Last = new PowerCutFile(_files.Open(path, options));
}

internal sealed class PowerCutFile(AsyncFile file) : AsyncFile
{
    private const int SectorBytes = 512;
    private readonly List<(long Offset, byte[] Data)> _volatile = [];
    private byte[] _durable = System.IO.File.ReadAllBytes(file.Path);

    public override string Path => file.Path;

    public override bool IsBlockDevice => file.IsBlockDevice;

    public override int PhysicalBlockSizeBytes => file.PhysicalBlockSizeBytes;

    public override bool CanDeallocate => file.CanDeallocate;

    public override bool IsSolidState => file.IsSolidState;

    /// <summary>What a power cut now would leave.</summary>
    public byte[] Cut(Random random)
    {
        byte[] image = (byte[])_durable.Clone();
        Array.Resize(ref image, (int)file.GetLength());
        foreach ((long offset, byte[] data) in _volatile)
        {
            for (int sector = 0; sector < data.Length; sector += SectorBytes)
            {
                if (random.Next(2) == 0)
                {
                    data.AsSpan(sector, Math.Min(SectorBytes, data.Length - sector)).CopyTo(image.AsSpan((int)offset + sector));
                }
            }
        }

        return image;
    }

    public override long GetLength() => file.GetLength();

    public override void SetLength(long lengthBytes)
    {
        file.SetLength(lengthBytes);
        Array.Resize(ref _durable, (int)lengthBytes);
    }

    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        file.ReadAsync(offsetBytes, data, cancellationToken);

    public override async ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[data.Length];
        data.CopyTo(bytes);
        IoStatus status = await file.WriteAsync(offsetBytes, data, options, cancellationToken);
        if (options.HasFlag(WriteOptions.ForceUnitAccess))
        {
            bytes.CopyTo(_durable.AsSpan((int)offsetBytes));
        }
        else
        {
            _volatile.Add((offsetBytes, bytes));
        }

        return status;
    }

    public override async ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken)
    {
        IoStatus status = await file.FlushAsync(cancellationToken);
        foreach ((long offset, byte[] data) in _volatile)
        {
            data.CopyTo(_durable.AsSpan((int)offset));
        }

        _volatile.Clear();
        return status;
    }

    public override async ValueTask<IoStatus> DeallocateAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        IoStatus status = await file.DeallocateAsync(offsetBytes, lengthBytes, cancellationToken);
        if (status.IsGood)
        {
            _volatile.Add((offsetBytes, new byte[lengthBytes]));
        }

        return status;
    }

    public override async ValueTask<IoStatus> WriteZeroesAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        IoStatus status = await file.WriteZeroesAsync(offsetBytes, lengthBytes, cancellationToken);
        if (status.IsGood)
        {
            _volatile.Add((offsetBytes, new byte[lengthBytes]));
        }

        return status;
    }

    public override ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        file.GetExtentAsync(offsetBytes, lengthBytes, cancellationToken);

    public override ValueTask DisposeAsync() => file.DisposeAsync();
}
