// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>Encrypts guest data in sectors. Thread safe.</summary>
internal interface IClusterCipher : IDisposable
{
    /// <summary>Bytes per sector.</summary>
    const int SectorBytes = 512;

    /// <summary>Whether sectors are numbered by their place in the image file; otherwise by their place on the disk.</summary>
    bool UsesHostOffset { get; }

    /// <summary>Encrypts a sector in place.</summary>
    /// <param name="offset">The sector's offset in bytes, of the kind that <see cref="UsesHostOffset"/> says.</param>
    /// <param name="sector">Its bytes.</param>
    void Encrypt(long offset, Span<byte> sector);

    /// <summary>Decrypts a sector in place.</summary>
    void Decrypt(long offset, Span<byte> sector);
}
