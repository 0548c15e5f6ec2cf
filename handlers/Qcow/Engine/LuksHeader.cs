// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>
/// A LUKS header, version 1 (LUKS On-Disk Format Specification 1.2.3), as it stands in an encrypted qcow2 image.
/// <code>
///    0 magic  6 version  8 cipher name  40 cipher mode  72 hash  104 payload offset  108 key bytes
///  112 master key digest  132 its salt  164 its iterations  168 UUID  208 eight key slots of 48 bytes
/// </code>
/// </summary>
internal sealed class LuksHeader
{
    /// <summary>Bytes of the fixed part.</summary>
    public const int Bytes = 592;

    private const int Slots = 8;
    private const int SlotsOffset = 208;
    private const int SlotBytes = 48;
    private const int DigestBytes = 20;
    private const int SaltBytes = 32;
    private const uint ActiveSlot = 0x00AC71F3;
    private const int SectorBytes = 512;

    // A header could ask for days of work otherwise. cryptsetup and QEMU stay far below.
    private const uint MaximumIterations = 20_000_000;
    private const uint MaximumStripes = 10_000;

    private readonly HashAlgorithmName _hash;
    private readonly int _keyBytes;

    private LuksHeader(HashAlgorithmName hash, int keyBytes, SectorMode mode)
    {
        _hash = hash;
        _keyBytes = keyBytes;
        Mode = mode;
    }

    /// <summary>How data are encrypted.</summary>
    public SectorMode Mode { get; }

    /// <summary>Parses and checks a header.</summary>
    /// <param name="area">The area in the image. Untrusted.</param>
    /// <param name="header">The header.</param>
    /// <param name="reason">What is wrong, as the end of a sentence.</param>
    public static bool TryParse(ReadOnlySpan<byte> area, [NotNullWhen(true)] out LuksHeader? header, [NotNullWhen(false)] out string? reason)
    {
        header = null;
        if (area.Length < Bytes || !area.StartsWith("LUKS"u8) || area[4] != 0xBA || area[5] != 0xBE
            || BinaryPrimitives.ReadUInt16BigEndian(area[6..]) != 1)
        {
            reason = "it has no LUKS header of version 1";
            return false;
        }

        string cipher = Text(area.Slice(8, 32));
        string mode = Text(area.Slice(40, 32));
        string hash = Text(area.Slice(72, 32));
        uint keyBytes = BinaryPrimitives.ReadUInt32BigEndian(area[108..]);
        SectorMode? sectorMode = mode switch
        {
            "xts-plain64" => SectorMode.XtsPlain64,
            "cbc-plain64" => SectorMode.CbcPlain64,
            "cbc-essiv:sha256" => SectorMode.CbcEssivSha256,
            _ => null,
        };
        HashAlgorithmName? algorithm = hash switch
        {
            "sha1" => HashAlgorithmName.SHA1,
            "sha256" => HashAlgorithmName.SHA256,
            "sha384" => HashAlgorithmName.SHA384,
            "sha512" => HashAlgorithmName.SHA512,
            _ => null,
        };
        uint aesBytes = sectorMode == SectorMode.XtsPlain64 ? keyBytes / 2 : keyBytes;
        reason = cipher != "aes" || sectorMode is null ? $"it is encrypted with {cipher}-{mode}; aes with xts-plain64, cbc-plain64 or cbc-essiv:sha256 can be read"
            : algorithm is null ? $"its LUKS header uses the hash {hash}, which is not known here"
            : aesBytes is not (16 or 24 or 32) ? $"its LUKS header tells of a key of {keyBytes} bytes"
            : null;
        if (reason is not null)
        {
            return false;
        }

        header = new LuksHeader(algorithm!.Value, (int)keyBytes, sectorMode!.Value);
        return true;
    }

    /// <summary>Finds the master key with a secret. Takes as long as the header's iterations ask for.</summary>
    /// <returns>Null where no key slot opens.</returns>
    public byte[]? Unlock(ReadOnlySpan<byte> area, ReadOnlySpan<byte> secret)
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            byte[]? key = UnlockSlot(area, area.Slice(SlotsOffset + (slot * SlotBytes), SlotBytes), secret);
            if (key is not null)
            {
                return key;
            }
        }

        return null;
    }

    private byte[]? UnlockSlot(ReadOnlySpan<byte> area, ReadOnlySpan<byte> slot, ReadOnlySpan<byte> secret)
    {
        uint iterations = BinaryPrimitives.ReadUInt32BigEndian(slot[4..]);
        long offset = BinaryPrimitives.ReadUInt32BigEndian(slot[40..]) * (long)SectorBytes;
        uint stripes = BinaryPrimitives.ReadUInt32BigEndian(slot[44..]);
        uint digestIterations = BinaryPrimitives.ReadUInt32BigEndian(area[164..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(slot) != ActiveSlot
            || iterations is 0 or > MaximumIterations
            || digestIterations is 0 or > MaximumIterations
            || stripes is 0 or > MaximumStripes)
        {
            return null;
        }

        int length = (int)(stripes * (uint)_keyBytes);
        int padded = (length + SectorBytes - 1) / SectorBytes * SectorBytes;
        if (offset > area.Length - padded)
        {
            return null;
        }

        byte[] slotKey = Rfc2898DeriveBytes.Pbkdf2(secret, slot.Slice(8, SaltBytes), (int)iterations, _hash, _keyBytes);
        byte[] material = area.Slice((int)offset, padded).ToArray();
        using (var cipher = new SectorCipher(slotKey, Mode, usesHostOffset: false))
        {
            for (int done = 0; done < material.Length; done += SectorBytes)
            {
                cipher.Decrypt(done, material.AsSpan(done, SectorBytes));
            }
        }

        byte[] key = Merge(material.AsSpan(0, length), (int)stripes);
        byte[] digest = Rfc2898DeriveBytes.Pbkdf2(key, area.Slice(132, SaltBytes), (int)digestIterations, _hash, DigestBytes);
        return CryptographicOperations.FixedTimeEquals(digest, area.Slice(112, DigestBytes)) ? key : null;
    }

    /// <summary>Undoes the anti-forensic splitting (LUKS specification 2.4): every stripe is needed for the key.</summary>
    private byte[] Merge(ReadOnlySpan<byte> material, int stripes)
    {
        byte[] key = new byte[_keyBytes];
        for (int stripe = 0; stripe < stripes; stripe++)
        {
            ReadOnlySpan<byte> piece = material.Slice(stripe * _keyBytes, _keyBytes);
            for (int index = 0; index < _keyBytes; index++)
            {
                key[index] ^= piece[index];
            }

            if (stripe < stripes - 1)
            {
                Diffuse(key);
            }
        }

        return key;
    }

    private void Diffuse(Span<byte> key)
    {
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        Span<byte> number = stackalloc byte[4];
        using var hash = IncrementalHash.CreateHash(_hash);
        for (int start = 0, index = 0; start < key.Length; start += hash.HashLengthInBytes, index++)
        {
            Span<byte> piece = key[start..Math.Min(key.Length, start + hash.HashLengthInBytes)];
            BinaryPrimitives.WriteInt32BigEndian(number, index);
            hash.AppendData(number);
            hash.AppendData(piece);
            _ = hash.GetHashAndReset(digest);
            digest[..piece.Length].CopyTo(piece);
        }
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return string.Concat(Encoding.ASCII.GetString(end < 0 ? field : field[..end]).Where(character => !char.IsControl(character)));
    }
}
