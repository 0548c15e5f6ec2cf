// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>An image under maintenance: opened for that (<see cref="IImageHandler"/>), or the one that a device serves (<see cref="IImageDevice"/>).</summary>
/// <remarks>
/// For control threads; one operation at a time. What an image, its format or the way it was opened does not allow fails with
/// <see cref="HandlerErrorKind.NotSupported"/>, and what cannot be done while it is served with <see cref="HandlerErrorKind.Busy"/>; the
/// message says what to do instead. Nothing has changed then.
/// </remarks>
public interface IImage : IAsyncDisposable
{
    /// <summary>Describes the image as it is now. Does not block.</summary>
    ImageInformation Describe();

    /// <summary>Compares everything in the image that says the same thing twice. Changes nothing.</summary>
    /// <param name="progress">Told how far it is, 0 to 1, on any thread; may be null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HandlerException">It cannot be checked.</exception>
    Task<ImageCheck> CheckAsync(IProgress<double>? progress, CancellationToken cancellationToken);

    /// <summary>Corrects what <see cref="CheckAsync"/> finds, as far as that loses nothing.</summary>
    /// <param name="progress">Told how far it is, 0 to 1, on any thread; may be null.</param>
    /// <param name="cancellationToken">Gives up between steps that leave a valid image.</param>
    /// <returns>What is left.</returns>
    /// <exception cref="HandlerException">It cannot be repaired.</exception>
    Task<ImageCheck> RepairAsync(IProgress<double>? progress, CancellationToken cancellationToken);

    /// <summary>Makes a snapshot of the disk as it is now. Commands of a disk that is served wait meanwhile.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="HandlerException">It cannot be made.</exception>
    Task CreateSnapshotAsync(string name);

    /// <summary>Makes the disk what it was when a snapshot was made; what was written since is lost.</summary>
    /// <param name="idOrName">The snapshot.</param>
    /// <exception cref="HandlerException">There is no such snapshot, or it does not fit the disk.</exception>
    Task ApplySnapshotAsync(string idOrName);

    /// <summary>Deletes a snapshot. The disk stays as it is.</summary>
    /// <param name="idOrName">The snapshot.</param>
    /// <exception cref="HandlerException">There is no such snapshot.</exception>
    Task DeleteSnapshotAsync(string idOrName);

    /// <summary>Describes the disk from a byte on to its end, through all images that it is made of.</summary>
    /// <param name="firstByte">Where to begin; 0 to the disk's size.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Extents without a gap, in order.</returns>
    /// <exception cref="HandlerException">It cannot be read.</exception>
    IAsyncEnumerable<ImageExtent> MapAsync(long firstByte, CancellationToken cancellationToken);
}
