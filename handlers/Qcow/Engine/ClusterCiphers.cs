// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Makes the cipher that an image's header asks for.</summary>
internal static class ClusterCiphers
{
    /// <summary>Opens the cipher of an encrypted image.</summary>
    /// <returns>Null for a plain image.</returns>
    /// <exception cref="HandlerException">There is no secret, it is wrong, or the algorithm is not known.</exception>
    public static ValueTask<IClusterCipher?> OpenAsync(AsyncFile file, Qcow2Header header, ImageOptions options) => header.Encryption switch
    {
        EncryptionMethod.None => new((IClusterCipher?)null),
        _ => throw new HandlerException(HandlerErrorKind.NotSupported, $"'{file.Path}' is encrypted ({header.Encryption}), which cannot be opened here."),
    };

    /// <summary>Opens the cipher of QEMU's old AES scheme.</summary>
    public static ValueTask<IClusterCipher?> OpenAesAsync(string path, ImageOptions options) =>
        throw new HandlerException(HandlerErrorKind.NotSupported, $"'{path}' is encrypted, which cannot be opened here.");
}
