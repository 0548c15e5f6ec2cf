// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Guest data in host clusters: plain, encrypted, compressed.</summary>
internal sealed partial class Qcow2Image
{
    private readonly IClusterCipher? _cipher;
    private readonly InflatedClusters _inflated;

    private ValueTask<IoStatus> ReadDataAsync(long hostOffset, long guestOffset, ScatterList data, CancellationToken cancellationToken) =>
        _cipher is null
            ? _dataFile.ReadAsync(hostOffset, data, cancellationToken)
            : ReadEncryptedAsync(hostOffset, guestOffset, data, cancellationToken);

    private ValueTask<IoStatus> WriteDataAsync(
        long hostOffset, long guestOffset, ScatterList data, WriteOptions options, CancellationToken cancellationToken) =>
        _cipher is null
            ? _dataFile.WriteAsync(hostOffset, data, options, cancellationToken)
            : WriteEncryptedAsync(hostOffset, guestOffset, data, options, cancellationToken);

    private async ValueTask<IoStatus> ReadEncryptedAsync(long hostOffset, long guestOffset, ScatterList data, CancellationToken cancellationToken)
    {
        IoStatus status = await _dataFile.ReadAsync(hostOffset, data, cancellationToken).ConfigureAwait(false);
        if (status.IsGood)
        {
            Decrypt(hostOffset, guestOffset, data);
        }

        return status;
    }

    private async ValueTask<IoStatus> WriteEncryptedAsync(
        long hostOffset, long guestOffset, ScatterList data, WriteOptions options, CancellationToken cancellationToken)
    {
        // The guest's memory must stay as it is, so what goes to the file is a copy, a cluster at a time.
        IoBuffer buffer = _clusters.Rent();
        try
        {
            for (long done = 0; done < data.Length;)
            {
                int length = (int)Math.Min(buffer.Length, data.Length - done);
                Encrypt(hostOffset + done, guestOffset + done, data.Slice(done, length), buffer.Span[..length]);
                IoStatus status = await _dataFile.WriteAsync(hostOffset + done, buffer.List.Slice(0, length), options, cancellationToken).ConfigureAwait(false);
                if (!status.IsGood)
                {
                    return status;
                }

                done += length;
            }

            return IoStatus.Good;
        }
        finally
        {
            _clusters.Return(buffer);
        }
    }

    private void Encrypt(long hostOffset, long guestOffset, ScatterList source, Span<byte> destination)
    {
        source.CopyTo(destination);
        for (int done = 0; done < destination.Length; done += IClusterCipher.SectorBytes)
        {
            _cipher!.Encrypt(_cipher.UsesHostOffset ? hostOffset + done : guestOffset + done, destination.Slice(done, IClusterCipher.SectorBytes));
        }
    }

    private void Decrypt(long hostOffset, long guestOffset, ScatterList data)
    {
        Span<byte> sector = stackalloc byte[IClusterCipher.SectorBytes];
        for (long done = 0; done < data.Length; done += IClusterCipher.SectorBytes)
        {
            ScatterList piece = data.Slice(done, IClusterCipher.SectorBytes);
            piece.CopyTo(sector);
            _cipher!.Decrypt(_cipher.UsesHostOffset ? hostOffset + done : guestOffset + done, sector);
            piece.CopyFrom(sector);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> ReadCompressedAsync(ulong word, long offset, ScatterList data, CancellationToken cancellationToken)
    {
        int inCluster = (int)(offset & (_geometry.ClusterBytes - 1));
        if (_inflated.TryCopy(word, inCluster, data))
        {
            return IoStatus.Good;
        }

        (long hostOffset, int length) = L2Entry.CompressedSpan(word, _geometry.ClusterBits);
        using var packed = new IoBuffer(length);
        IoStatus status = await _dataFile.ReadAsync(hostOffset, packed.List, cancellationToken).ConfigureAwait(false);
        if (!status.IsGood)
        {
            return status;
        }

        // Inflating a cluster takes long enough to hold up everybody else on this loop.
        byte[] cluster = new byte[_geometry.ClusterBytes];
        string? damage = await Task.Run(() => ClusterInflater.Inflate(_header.Compression, packed, cluster), CancellationToken.None).ConfigureAwait(false);
        if (damage is not null)
        {
            Log.CannotInflate(_logger, _name, Path, offset - inCluster, damage);
            return IoOutcome.ReadError;
        }

        _inflated.Add(word, cluster);
        data.CopyFrom(cluster.AsSpan(inCluster, (int)data.Length));
        return IoStatus.Good;
    }
}
