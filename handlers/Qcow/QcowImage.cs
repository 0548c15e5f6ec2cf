// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>
/// Looks after an image that no device uses: what is in it, whether it is whole, its snapshots. The engine is the one that serves devices.
/// </summary>
/// <remarks>One operation at a time. Nothing keeps another program from using the image meanwhile: do not.</remarks>
public sealed class QcowImage : IAsyncDisposable
{
    private readonly ImageLayer _image;

    private QcowImage(ImageLayer image, QcowImageAccess access)
    {
        _image = image;
        Access = access;
    }

    /// <summary>What it was opened for.</summary>
    public QcowImageAccess Access { get; }

    /// <summary>Opens an image with its backing files.</summary>
    /// <param name="files">Opens files.</param>
    /// <param name="path">Absolute path.</param>
    /// <param name="access">What for.</param>
    /// <param name="logger">Told what an administrator should know.</param>
    /// <param name="secretPath">File with the secret of an encrypted image; null where there is none.</param>
    /// <exception cref="HandlerException">It cannot be opened.</exception>
    public static async Task<QcowImage> OpenAsync(
        IAsyncFileSystem files, string path, QcowImageAccess access, ILogger logger, string? secretPath = null)
    {
        var options = new ImageOptions
        {
            IsReadOnly = access == QcowImageAccess.Read,
            ForRepair = access == QcowImageAccess.Repair,
            SecretPath = secretPath,
        };
        return new QcowImage(await new ImageOpener(files, logger, path).OpenAsync(path, options).ConfigureAwait(false), access);
    }

    /// <summary>Describes the image.</summary>
    public QcowImageInformation Describe()
    {
        Qcow2Header? header = (_image as Qcow2Image)?.Header;
        return new QcowImageInformation
        {
            Path = _image.Path,
            Format = header is not null ? $"qcow2 version {header.Version}" : _image is Qcow1Image ? "qcow version 1" : "raw",
            SizeBytes = _image.SizeBytes,
            ClusterBytes = header?.Geometry.ClusterBytes ?? _image.UnmapGranularityBytes,
            RefcountBits = header is null ? 0 : 1 << header.Geometry.RefcountOrder,
            BackingFile = header?.BackingFile,
            IsEncrypted = header is { Encryption: not EncryptionMethod.None },
            IsDirty = header?.Incompatible.HasFlag(IncompatibleFeatures.Dirty) ?? false,
            IsCorrupt = header?.Incompatible.HasFlag(IncompatibleFeatures.Corrupt) ?? false,
            HasExtendedL2 = header?.Geometry.HasExtendedL2 ?? false,
            HasExternalData = header?.Incompatible.HasFlag(IncompatibleFeatures.ExternalData) ?? false,
            Snapshots =
            [
                .. ((_image as Qcow2Image)?.Snapshots ?? [])
                    .Select(snapshot => new QcowSnapshot(snapshot.Id, snapshot.Name, snapshot.Time, snapshot.DiskSizeBytes ?? _image.SizeBytes)),
            ],
        };
    }

    /// <summary>Compares all reference counts with what refers to the clusters. Changes nothing.</summary>
    /// <param name="progress">Told how far it is, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HandlerException">The image is no qcow2 image, or cannot be read.</exception>
    public async Task<CheckReport> CheckAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ImageChecker checker = MakeChecker(progress);
        await checker.WalkAsync(cancellationToken).ConfigureAwait(false);
        await checker.CompareAsync(cancellationToken).ConfigureAwait(false);
        return checker.Report;
    }

    /// <summary>Builds reference counts and COPIED flags anew. Close the image afterwards.</summary>
    /// <returns>What could not be repaired.</returns>
    /// <exception cref="HandlerException">The image was not opened for repair, is no qcow2 image, or cannot be read or written.</exception>
    /// <param name="progress">Told how far it is, 0 to 1.</param>
    /// <param name="cancellationToken">Gives up between steps that leave a valid image.</param>
    public async Task<CheckReport> RepairAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Require(QcowImageAccess.Repair);
        await Qcow2().RepairAsync(MakeChecker(progress), cancellationToken).ConfigureAwait(false);
        return await CheckAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a snapshot.</summary>
    /// <exception cref="HandlerException">It cannot be made.</exception>
    public Task CreateSnapshotAsync(string name, DateTimeOffset time)
    {
        Require(QcowImageAccess.Write);
        return Qcow2().CreateSnapshotAsync(name, time);
    }

    /// <summary>Makes the disk what it was when a snapshot was made; what was written since is lost.</summary>
    /// <exception cref="HandlerException">There is no such snapshot, or the disk had another size.</exception>
    public Task ApplySnapshotAsync(string idOrName)
    {
        Require(QcowImageAccess.Write);
        return Qcow2().ApplySnapshotAsync(idOrName);
    }

    /// <summary>Deletes a snapshot.</summary>
    /// <exception cref="HandlerException">There is no such snapshot.</exception>
    public Task DeleteSnapshotAsync(string idOrName)
    {
        Require(QcowImageAccess.Write);
        return Qcow2().DeleteSnapshotAsync(idOrName);
    }

    /// <summary>Describes the disk from start to end, through all backing files.</summary>
    /// <exception cref="HandlerException">The image cannot be read.</exception>
    public async IAsyncEnumerable<QcowMapEntry> MapAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long offset = 0; offset < _image.SizeBytes;)
        {
            Extent extent = await _image.GetExtentAsync(offset, _image.SizeBytes - offset, cancellationToken).ConfigureAwait(false);
            if (!extent.Status.IsGood)
            {
                throw new HandlerException(HandlerErrorKind.Failed, $"The map of '{_image.Path}' cannot be read at byte {offset} ({extent.Status.Outcome}).");
            }

            yield return new QcowMapEntry(offset, extent.LengthBytes, extent.State == ExtentState.Mapped);
            offset += extent.LengthBytes;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _image.DisposeAsync();

    private Qcow2Image Qcow2() => _image as Qcow2Image
        ?? throw new HandlerException(HandlerErrorKind.NotSupported, $"'{_image.Path}' is no qcow2 image; this is possible with qcow2 only.");

    private void Require(QcowImageAccess access)
    {
        if (Access != access)
        {
            throw new HandlerException(HandlerErrorKind.NotSupported, $"'{_image.Path}' was opened to {Access}; to {access} it has to be opened so.");
        }
    }

    private ImageChecker MakeChecker(IProgress<double>? progress) => new(Qcow2())
    {
        Progress = progress is null ? null : new Progress<(long Done, long Total)>(step => progress.Report((double)step.Done / Math.Max(1, step.Total))),
    };
}
