// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Engine;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow;

/// <summary>An image under maintenance, over the engine that serves devices: opened for that, or the one that a device serves.</summary>
internal sealed class QcowImage : IImage
{
    private readonly ImageLayer _image;
    private readonly ImageAccess? _access;
    private readonly TimeProvider _timeProvider;

    /// <summary>Takes over an image that was opened for maintenance: it is closed with this.</summary>
    public QcowImage(ImageLayer image, ImageAccess access, TimeProvider? timeProvider = null)
        : this(image, timeProvider) => _access = access;

    /// <summary>Borrows the image of a device.</summary>
    public QcowImage(ImageLayer image, TimeProvider? timeProvider = null)
    {
        _image = image;
        _timeProvider = timeProvider ?? TimeProvider.System;
    }

    private bool IsServed => _access is null;

    public ImageInformation Describe() => _image switch
    {
        Qcow2Image image => Describe(image),
        Qcow1Image image => Describe("qcow version 1") with { ClusterBytes = image.UnmapGranularityBytes },
        _ => Describe("raw"),
    };

    public async Task<ImageCheck> CheckAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Qcow2Image image = Qcow2("has nothing to check");
        if (IsServed)
        {
            // What the walk reads would not belong together: commands change the tables meanwhile.
            throw Served("checked");
        }

        return await CheckAsync(image, progress, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ImageCheck> RepairAsync(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        Qcow2Image image = Qcow2("has nothing to repair");
        if (IsServed)
        {
            throw Served("repaired");
        }

        Require(ImageAccess.Repair);
        await image.RepairAsync(MakeChecker(image, progress), cancellationToken).ConfigureAwait(false);
        return await CheckAsync(image, null, cancellationToken).ConfigureAwait(false);
    }

    public Task CreateSnapshotAsync(string name)
    {
        Require(ImageAccess.Write);
        return Qcow2("has no snapshots").CreateSnapshotAsync(name, _timeProvider.GetUtcNow());
    }

    public Task ApplySnapshotAsync(string idOrName)
    {
        Require(ImageAccess.Write);
        return Qcow2("has no snapshots").ApplySnapshotAsync(idOrName);
    }

    public Task DeleteSnapshotAsync(string idOrName)
    {
        Require(ImageAccess.Write);
        return Qcow2("has no snapshots").DeleteSnapshotAsync(idOrName);
    }

    public async IAsyncEnumerable<ImageExtent> MapAsync(long firstByte, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A disk that is served may grow meanwhile; the map is of the disk as it was.
        long sizeBytes = _image.SizeBytes;
        for (long offset = firstByte; offset < sizeBytes;)
        {
            Extent extent = await _image.GetExtentAsync(offset, sizeBytes - offset, cancellationToken).ConfigureAwait(false);
            if (!extent.Status.IsGood)
            {
                throw new HandlerException(HandlerErrorKind.Failed, $"The map of '{_image.Path}' cannot be read at byte {offset} ({extent.Status.Outcome}).");
            }

            yield return new ImageExtent(offset, extent.LengthBytes, extent.State == ExtentState.Mapped);
            offset += extent.LengthBytes;
        }
    }

    public ValueTask DisposeAsync() => IsServed ? ValueTask.CompletedTask : _image.DisposeAsync();

    private ImageInformation Describe(Qcow2Image image)
    {
        Qcow2Header header = image.Header;
        return Describe($"qcow2 version {header.Version}") with
        {
            ClusterBytes = header.Geometry.ClusterBytes,
            BackingFile = header.BackingFile,
            IsEncrypted = header.Encryption != EncryptionMethod.None,
            IsDirty = header.Incompatible.HasFlag(IncompatibleFeatures.Dirty),
            IsCorrupt = header.Incompatible.HasFlag(IncompatibleFeatures.Corrupt),
            Features = [.. FeaturesOf(header)],
            Snapshots =
            [
                .. image.Snapshots.Select(
                    snapshot => new ImageSnapshot(snapshot.Id, snapshot.Name, snapshot.Time, snapshot.DiskSizeBytes ?? image.SizeBytes)),
            ],
        };
    }

    private ImageInformation Describe(string format) => new() { Path = _image.Path, Format = format, SizeBytes = _image.SizeBytes };

    private static IEnumerable<string> FeaturesOf(Qcow2Header header)
    {
        yield return $"reference counts of {1 << header.Geometry.RefcountOrder} bits";
        if (header.Geometry.HasExtendedL2)
        {
            yield return "subclusters";
        }

        if (header.Incompatible.HasFlag(IncompatibleFeatures.ExternalData))
        {
            yield return header.Autoclear.HasFlag(AutoclearFeatures.RawExternalData) ? "raw external data file" : "external data file";
        }

        if (header.Compatible.HasFlag(CompatibleFeatures.LazyRefcounts))
        {
            yield return "lazy reference counts";
        }

        if (header.Compression == CompressionType.Zstandard)
        {
            yield return "zstd compression";
        }

        if (header.Encryption != EncryptionMethod.None)
        {
            yield return header.Encryption == EncryptionMethod.Luks ? "LUKS encryption" : "old AES encryption";
        }
    }

    private static async Task<ImageCheck> CheckAsync(Qcow2Image image, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ImageChecker checker = MakeChecker(image, progress);
        await checker.WalkAsync(cancellationToken).ConfigureAwait(false);
        await checker.CompareAsync(cancellationToken).ConfigureAwait(false);
        CheckReport report = checker.Report;
        return new ImageCheck
        {
            // A cluster that is shared and marked as not shared would be written in place.
            Corruptions = report.Corruptions + report.WrongFlags,
            Leaks = report.Leaks,
            AllocatedClusters = report.AllocatedClusters,
            CompressedClusters = report.CompressedClusters,
            TotalClusters = report.TotalClusters,
            EndOffset = report.EndOffset,
            Problems = report.Problems,
        };
    }

    private static ImageChecker MakeChecker(Qcow2Image image, IProgress<double>? progress) => new(image)
    {
        Progress = progress is null ? null : new Steps(progress),
    };

    private Qcow2Image Qcow2(string lack) => _image as Qcow2Image
        ?? throw new HandlerException(HandlerErrorKind.NotSupported, $"'{_image.Path}' is no qcow2 image and {lack}.");

    private HandlerException Served(string what) => new(
        HandlerErrorKind.Busy, $"'{_image.Path}' is being served and cannot be {what} meanwhile. Delete the device, or stop the daemon, and try again.");

    private void Require(ImageAccess access)
    {
        if (IsServed ? _image.IsReadOnly : _access != access)
        {
            throw new HandlerException(
                HandlerErrorKind.NotSupported,
                IsServed ? $"'{_image.Path}' is served read-only." : $"'{_image.Path}' was opened to {_access}; to {access} it has to be opened so.");
        }
    }

    /// <summary>Passes steps on as a fraction, on the thread that makes them.</summary>
    private sealed class Steps(IProgress<double> progress) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => progress.Report((double)value.Done / Math.Max(1, value.Total));
    }
}
