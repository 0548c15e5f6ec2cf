// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Abstractions;

/// <summary>Optional. A handler whose backing stores are images with an inside: they can be looked at, checked and repaired while no device uses them.</summary>
public interface IImageHandler : IHandler
{
    /// <summary>Opens an image for maintenance.</summary>
    /// <param name="request">Which, and what for.</param>
    /// <param name="cancellationToken">The image is no longer wanted.</param>
    /// <returns>The image, which the caller owns and disposes.</returns>
    /// <exception cref="HandlerException">
    /// It could not be opened; <see cref="HandlerErrorKind.Busy"/> when a device or another program has it open.
    /// </exception>
    /// <remarks>Called on a control thread; may block.</remarks>
    Task<IImage> OpenImageAsync(ImageRequest request, CancellationToken cancellationToken);
}
