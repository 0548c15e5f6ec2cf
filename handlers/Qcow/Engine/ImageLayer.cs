// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>An open image of any format, the one that is served or one of its backing files. Thread safe.</summary>
internal abstract class ImageLayer : IAsyncDisposable
{
    /// <summary>Size of its disk in bytes.</summary>
    public abstract long SizeBytes { get; }

    /// <summary>The image file's path.</summary>
    public abstract string Path { get; }

    /// <summary>Whether writes are refused.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Whether <see cref="ZeroAsync"/> gives space back.</summary>
    public abstract bool CanUnmap { get; }

    /// <summary>Smallest piece that can be given back, in bytes.</summary>
    public abstract int UnmapGranularityBytes { get; }

    /// <summary>Reads; the range lies inside the disk.</summary>
    public abstract ValueTask<IoStatus> ReadAsync(long offsetBytes, ScatterList data, CancellationToken cancellationToken);

    /// <summary>Writes; the range lies inside the disk.</summary>
    public abstract ValueTask<IoStatus> WriteAsync(long offsetBytes, ScatterList data, WriteOptions options, CancellationToken cancellationToken);

    /// <summary>Makes everything written so far durable, in an order that leaves a valid image whenever the power goes.</summary>
    public abstract ValueTask<IoStatus> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Makes a range read as zeros.</summary>
    /// <param name="offsetBytes">First byte.</param>
    /// <param name="lengthBytes">How many.</param>
    /// <param name="mayUnmap">Whether clusters are given back; otherwise those that are allocated stay so.</param>
    /// <param name="cancellationToken">Gives up where possible.</param>
    public abstract ValueTask<IoStatus> ZeroAsync(long offsetBytes, long lengthBytes, bool mayUnmap, CancellationToken cancellationToken);

    /// <summary>Describes the extent at an offset, through all backing files.</summary>
    public abstract ValueTask<Extent> GetExtentAsync(long offsetBytes, long lengthBytes, CancellationToken cancellationToken);

    /// <summary>Makes the disk larger. On a control thread; may block.</summary>
    /// <exception cref="HandlerException">It cannot be.</exception>
    public abstract ValueTask GrowAsync(long sizeBytes, CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();
}
