// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TcmuRunner.Handlers.Qcow.Engine;

/// <summary>How sectors are encrypted with AES.</summary>
internal enum SectorMode
{
    /// <summary>CBC; the initialization vector is the sector number, little-endian.</summary>
    CbcPlain64 = 0,

    /// <summary>CBC; the initialization vector is the sector number, encrypted with a hash (SHA-256) of the key.</summary>
    CbcEssivSha256 = 1,

    /// <summary>XTS (IEEE 1619) with the sector number as tweak.</summary>
    XtsPlain64 = 2,
}

/// <summary>AES over sectors of 512 bytes. Thread safe: every user gets a state of its own from a pool.</summary>
internal sealed class SectorCipher : IClusterCipher
{
    private const int BlockBytes = 16;
    private const int SectorBits = 9;

    private readonly Lock _lock = new();
    private readonly Stack<State> _free = new();
    private readonly byte[] _key;
    private readonly SectorMode _mode;

    /// <summary>Takes over the key, which is wiped when the cipher is disposed.</summary>
    /// <param name="key">16, 24 or 32 bytes; twice that for XTS.</param>
    /// <param name="mode">How.</param>
    /// <param name="usesHostOffset">See <see cref="IClusterCipher.UsesHostOffset"/>.</param>
    public SectorCipher(byte[] key, SectorMode mode, bool usesHostOffset)
    {
        _key = key;
        _mode = mode;
        UsesHostOffset = usesHostOffset;
    }

    public bool UsesHostOffset { get; }

    public void Encrypt(long offset, Span<byte> sector) => Run(offset, sector, isEncryption: true);

    public void Decrypt(long offset, Span<byte> sector) => Run(offset, sector, isEncryption: false);

    public void Dispose()
    {
        lock (_lock)
        {
            while (_free.TryPop(out State? state))
            {
                state.Dispose();
            }

            CryptographicOperations.ZeroMemory(_key);
        }
    }

    private void Run(long offset, Span<byte> sector, bool isEncryption)
    {
        State? state;
        lock (_lock)
        {
            _ = _free.TryPop(out state);
        }

        state ??= new State(_key, _mode);
        Span<byte> vector = stackalloc byte[BlockBytes];
        vector.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(vector, offset >> SectorBits);
        state.Run(vector, sector, isEncryption);
        lock (_lock)
        {
            _free.Push(state);
        }
    }

    private sealed class State : IDisposable
    {
        private readonly SectorMode _mode;
        private readonly Aes _data = Aes.Create();
        private readonly Aes? _vector;

        public State(ReadOnlySpan<byte> key, SectorMode mode)
        {
            _mode = mode;
            int half = mode == SectorMode.XtsPlain64 ? key.Length / 2 : key.Length;
            _data.Key = key[..half].ToArray();
            if (mode != SectorMode.CbcPlain64)
            {
                _vector = Aes.Create();
                _vector.Key = mode == SectorMode.XtsPlain64 ? key[half..].ToArray() : SHA256.HashData(key);
            }
        }

        public void Run(Span<byte> vector, Span<byte> sector, bool isEncryption)
        {
            _vector?.EncryptEcb(vector, vector, PaddingMode.None);
            if (_mode == SectorMode.XtsPlain64)
            {
                RunXts(vector, sector, isEncryption);
            }
            else if (isEncryption)
            {
                _data.EncryptCbc(sector, vector, sector, PaddingMode.None);
            }
            else
            {
                _data.DecryptCbc(sector, vector, sector, PaddingMode.None);
            }
        }

        public void Dispose()
        {
            _data.Dispose();
            _vector?.Dispose();
        }

        // IEEE 1619 5.3: each block is masked before and after with the tweak times a power of x.
        private void RunXts(ReadOnlySpan<byte> tweak, Span<byte> sector, bool isEncryption)
        {
            Span<byte> mask = stackalloc byte[IClusterCipher.SectorBytes];
            ulong low = BinaryPrimitives.ReadUInt64LittleEndian(tweak);
            ulong high = BinaryPrimitives.ReadUInt64LittleEndian(tweak[8..]);
            for (int block = 0; block < mask.Length; block += BlockBytes)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(mask[block..], low);
                BinaryPrimitives.WriteUInt64LittleEndian(mask[(block + 8)..], high);
                ulong carry = (high >> 63) * 0x87;
                high = (high << 1) | (low >> 63);
                low = (low << 1) ^ carry;
            }

            Mask(sector, mask);
            if (isEncryption)
            {
                _data.EncryptEcb(sector, sector, PaddingMode.None);
            }
            else
            {
                _data.DecryptEcb(sector, sector, PaddingMode.None);
            }

            Mask(sector, mask);
        }

        private static void Mask(Span<byte> sector, ReadOnlySpan<byte> mask)
        {
            for (int index = 0; index < sector.Length; index++)
            {
                sector[index] ^= mask[index];
            }
        }
    }
}
