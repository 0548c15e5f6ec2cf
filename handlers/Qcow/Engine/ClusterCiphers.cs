// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Makes the cipher that an image's header asks for.</summary>
internal static class ClusterCiphers
{
    // QEMU's old scheme takes the first 16 bytes of the secret as an AES-128 key, padded with zeros.
    private const int LegacyKeyBytes = 16;
    private const int MaximumSecretBytes = 64 << 10;
    private const int MaximumLuksHeaderBytes = 16 << 20;

    /// <summary>Opens the cipher of an encrypted image.</summary>
    /// <returns>Null for a plain image.</returns>
    /// <exception cref="HandlerException">There is no secret, it is wrong, or the algorithm is not known.</exception>
    public static async ValueTask<IClusterCipher?> OpenAsync(AsyncFile file, Qcow2Header header, ImageOptions options) => header.Encryption switch
    {
        EncryptionMethod.None => null,
        EncryptionMethod.Aes => OpenAes(file.Path, options),
        _ => await OpenLuksAsync(file, header, options).ConfigureAwait(false),
    };

    /// <summary>Opens the cipher of QEMU's old AES scheme.</summary>
    public static IClusterCipher OpenAes(string path, ImageOptions options)
    {
        byte[] key = new byte[LegacyKeyBytes];
        byte[] secret = ReadSecret(path, options);
        secret.AsSpan(0, Math.Min(secret.Length, key.Length)).CopyTo(key);
        CryptographicOperations.ZeroMemory(secret);
        return new SectorCipher(key, SectorMode.CbcPlain64, usesHostOffset: false);
    }

    private static async ValueTask<IClusterCipher> OpenLuksAsync(AsyncFile file, Qcow2Header header, ImageOptions options)
    {
        byte[] extension = [.. header.Extension(HeaderExtension.EncryptionHeader)];
        long offset = extension.Length >= 16 ? BinaryPrimitives.ReadInt64BigEndian(extension) : -1;
        long length = extension.Length >= 16 ? BinaryPrimitives.ReadInt64BigEndian(extension.AsSpan(8)) : 0;
        if (offset <= 0 || length < LuksHeader.Bytes || length > MaximumLuksHeaderBytes || offset > file.GetLength() - LuksHeader.Bytes)
        {
            throw new HandlerException(HandlerErrorKind.Failed, $"'{file.Path}' cannot be used: its LUKS header ({length} bytes at {offset}) is out of place.");
        }

        using IoBuffer area = await ImageOpener.ReadAsync(file, offset, (int)length, "LUKS header").ConfigureAwait(false);
        if (!LuksHeader.TryParse(area.Span, out LuksHeader? luks, out string? reason))
        {
            throw new HandlerException(HandlerErrorKind.NotSupported, $"'{file.Path}' cannot be used: {reason}.");
        }

        byte[] secret = ReadSecret(file.Path, options);
        byte[]? key = luks.Unlock(area.Span, secret);
        CryptographicOperations.ZeroMemory(secret);
        return key is null
            ? throw new HandlerException(HandlerErrorKind.AccessDenied, $"The secret in '{options.SecretPath}' opens no key slot of '{file.Path}'.")
            : new SectorCipher(key, luks.Mode, usesHostOffset: true);
    }

    private static byte[] ReadSecret(string path, ImageOptions options)
    {
        if (options.SecretPath is null)
        {
            throw new HandlerException(
                HandlerErrorKind.InvalidConfiguration, $"'{path}' is encrypted; name a file with its secret: ';secret=/etc/tcmu/disk.secret'.");
        }

        try
        {
            using FileStream file = File.OpenRead(options.SecretPath);
            byte[] buffer = new byte[MaximumSecretBytes];
            int length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            byte[] secret = buffer.AsSpan(0, length).TrimEnd("\r\n"u8).ToArray();
            CryptographicOperations.ZeroMemory(buffer);
            return secret;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new HandlerException(HandlerErrorKind.AccessDenied, $"The secret of '{path}' cannot be read: {failure.Message}", failure);
        }
    }
}
