// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Rbd;

/// <summary>What is found out about an image when it is opened.</summary>
internal sealed record RbdImageFacts
{
    /// <summary>Size in bytes.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Size of an object in bytes.</summary>
    public required long ObjectSizeBytes { get; init; }

    /// <summary>The largest piece in bytes that surely lies in one object: the stripe unit.</summary>
    public required long StripeUnitBytes { get; init; }

    /// <summary>librbd's feature bits.</summary>
    public required ulong Features { get; init; }

    /// <summary>librbd's name for the image that never changes.</summary>
    public required string Id { get; init; }

    /// <summary>Whether librbd caches writes, in spite of what the connection asks for: an image or a pool may have settings of its own.</summary>
    public required bool HasWriteCache { get; init; }

    /// <summary>Size in bytes of what a discard gives back.</summary>
    public required long DiscardGranularityBytes { get; init; }

    /// <summary>Whether the pool's data are on drives that do not rotate; true also where the cluster does not say.</summary>
    public required bool IsSolidState { get; init; }
}
