// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Images;

/// <summary>
/// What <c>tcmuctl image</c> asks of an image, by name, and the answers in JSON: the same for an image that is opened for it and for one that a
/// device serves. Keep in sync with TcmuRunner.Ctl/Images.
/// </summary>
internal static class ImageOperations
{
    /// <summary>So many extents at most are in one answer: far below the size that buses allow.</summary>
    internal const int ExtentsAtOnce = 10_000;

    /// <summary>The access that an operation needs.</summary>
    /// <returns>Null: there is no such operation.</returns>
    internal static ImageAccess? AccessFor(string operation) => operation switch
    {
        "info" or "check" or "map" => ImageAccess.Read,
        "snapshot-create" or "snapshot-apply" or "snapshot-delete" => ImageAccess.Write,
        "repair" => ImageAccess.Repair,
        _ => null,
    };

    /// <summary>Does an operation.</summary>
    /// <param name="image">The image.</param>
    /// <param name="operation">A name that <see cref="AccessFor"/> knows.</param>
    /// <param name="argument">The snapshot, or the byte that a map begins with; empty where nothing is needed.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="HandlerException">It cannot be done.</exception>
    internal static async Task<JsonObject> RunAsync(
        IImage image, string operation, string argument, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        switch (operation)
        {
            case "info":
                break;
            case "check":
                return Describe(await image.CheckAsync(progress, cancellationToken));
            case "repair":
                return Describe(await image.RepairAsync(progress, cancellationToken));
            case "map":
                return await MapAsync(image, ParseOffset(argument), cancellationToken);
            case "snapshot-create":
                await image.CreateSnapshotAsync(argument);
                break;
            case "snapshot-apply":
                await image.ApplySnapshotAsync(argument);
                break;
            case "snapshot-delete":
                await image.DeleteSnapshotAsync(argument);
                break;
            default:
                throw new HandlerException(HandlerErrorKind.NotSupported, $"There is no operation '{operation}' on images.");
        }

        return Describe(image.Describe());
    }

    private static long ParseOffset(string text) =>
        text.Length == 0 ? 0
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset
        : throw new HandlerException(HandlerErrorKind.InvalidConfiguration, $"A map begins at a byte of the disk, and '{text}' is no number.");

    private static async Task<JsonObject> MapAsync(IImage image, long firstByte, CancellationToken cancellationToken)
    {
        var extents = new JsonArray();
        long next = firstByte;
        long sizeBytes = image.Describe().SizeBytes;
        await foreach (ImageExtent extent in image.MapAsync(firstByte, cancellationToken))
        {
            extents.Add((JsonNode)new JsonArray(extent.OffsetBytes, extent.LengthBytes, extent.IsMapped));
            next = extent.OffsetBytes + extent.LengthBytes;
            if (extents.Count == ExtentsAtOnce)
            {
                break;
            }
        }

        return new JsonObject { ["sizeBytes"] = sizeBytes, ["nextByte"] = extents.Count == ExtentsAtOnce && next < sizeBytes ? next : null, ["extents"] = extents };
    }

    private static JsonObject Describe(ImageCheck check) => new()
    {
        ["corruptions"] = check.Corruptions,
        ["leaks"] = check.Leaks,
        ["allocatedClusters"] = check.AllocatedClusters,
        ["compressedClusters"] = check.CompressedClusters,
        ["totalClusters"] = check.TotalClusters,
        ["endOffset"] = check.EndOffset,
        ["problems"] = new JsonArray([.. check.Problems.Select(problem => (JsonNode)problem)]),
    };

    private static JsonObject Describe(ImageInformation image) => new()
    {
        ["path"] = image.Path,
        ["format"] = image.Format,
        ["sizeBytes"] = image.SizeBytes,
        ["clusterBytes"] = image.ClusterBytes,
        ["backingFile"] = image.BackingFile,
        ["encrypted"] = image.IsEncrypted,
        ["dirty"] = image.IsDirty,
        ["corrupt"] = image.IsCorrupt,
        ["features"] = new JsonArray([.. image.Features.Select(feature => (JsonNode)feature)]),
        ["snapshots"] = new JsonArray([.. image.Snapshots.Select(snapshot => (JsonNode)new JsonObject
        {
            ["id"] = snapshot.Id,
            ["name"] = snapshot.Name,
            ["time"] = snapshot.Time.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["sizeBytes"] = snapshot.SizeBytes,
        })]),
    };
}
