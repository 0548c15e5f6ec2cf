// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>A raw image: byte n of the disk is byte n of the file.</summary>
/// <param name="file">The file; closed with the image.</param>
/// <param name="isReadOnly">Whether writes are refused.</param>
/// <param name="isGuessed">Whether it counts as raw because it looks like nothing else. A guest could then write a qcow2 header with a
/// backing file of its choice, and read that file after the next start: such a write is refused.</param>
internal sealed class RawImage(AsyncFile file, bool isReadOnly, bool isGuessed) : ImageLayer
{
    private long _sizeBytes = file.GetLength();

    public override long SizeBytes => Volatile.Read(ref _sizeBytes);
    public override string Path => file.Path;
    public override bool IsReadOnly => isReadOnly;
    public override bool CanUnmap => file.CanDeallocate;
    public override int UnmapGranularityBytes => 4096;

    public override ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken) =>
        file.ReadAsync(offsetBytes, data, cancellationToken);

    public override ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        isGuessed && offsetBytes < 4 && LooksLikeImage(data)
            ? new(IoOutcome.WriteProtected)
            : file.WriteAsync(offsetBytes, data, options, cancellationToken);

    public override ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken) => file.FlushAsync(cancellationToken);

    public override ValueTask<IoStatus> ZeroAsync(long offsetBytes, long lengthBytes, bool mayUnmap, CancellationToken cancellationToken) =>
        mayUnmap ? file.DeallocateAsync(offsetBytes, lengthBytes, cancellationToken) : file.WriteZeroesAsync(offsetBytes, lengthBytes, cancellationToken);

    public override ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken) =>
        file.GetExtentAsync(offsetBytes, lengthBytes, cancellationToken);

    public override ValueTask GrowAsync(long sizeBytes, CancellationToken cancellationToken)
    {
        if (file.IsBlockDevice)
        {
            long lengthBytes = file.GetLength();
            if (lengthBytes < sizeBytes)
            {
                throw new HandlerException(
                    HandlerErrorKind.SizeMismatch, $"The block device '{file.Path}' has {lengthBytes} bytes; {sizeBytes} were asked for.");
            }
        }
        else
        {
            file.SetLength(sizeBytes);
        }

        Volatile.Write(ref _sizeBytes, sizeBytes);
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => file.DisposeAsync();

    private static bool LooksLikeImage(ScatterList data)
    {
        Span<byte> start = stackalloc byte[4];
        return data.CopyTo(start) == start.Length && BinaryPrimitives.ReadUInt32BigEndian(start) == ImageProbe.Magic;
    }
}
