// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Something that the guest did, between two events of the file.</summary>
/// <param name="Start">How many events there were before.</param>
/// <param name="End">How many there were when it was answered.</param>
/// <param name="Offset">Where it wrote.</param>
/// <param name="Data">What it wrote.</param>
/// <param name="IsDurable">Whether it was durable when it was answered.</param>
/// <param name="IsFlush">Whether it was a flush.</param>
internal sealed record GuestWrite(int Start, int End, int Offset, byte[] Data, bool IsDurable = false, bool IsFlush = false);

/// <summary>What a disk may hold after a power cut: each sector what was flushed, or anything that was written to it since.</summary>
internal sealed class Expectation
{
    private const int SectorBytes = 512;
    private readonly byte[] _flushed;
    private readonly Dictionary<int, List<byte[]>> _since = [];

    private Expectation(byte[] initial) => _flushed = [.. initial];

    public static Expectation At(int cut, List<FileEvent> events, List<GuestWrite> writes, byte[] initial)
    {
        var expectation = new Expectation(initial);
        GuestWrite? lastFlush = writes.LastOrDefault(write => write.IsFlush && write.End <= cut);
        foreach (GuestWrite write in writes.Where(write => !write.IsFlush && write.Start < Math.Max(cut, 1)))
        {
            bool isFlushed = write.End <= cut && (write.IsDurable || (lastFlush is not null && write.End <= lastFlush.Start));
            for (int done = 0; done < write.Data.Length; done += SectorBytes)
            {
                expectation.Add((write.Offset + done) / SectorBytes, write.Data[done..(done + SectorBytes)], isFlushed);
            }
        }

        return expectation;
    }

    public void Check(byte[] actual, string when)
    {
        for (int sector = 0; sector < actual.Length / SectorBytes; sector++)
        {
            ReadOnlySpan<byte> found = actual.AsSpan(sector * SectorBytes, SectorBytes);
            if (!found.SequenceEqual(_flushed.AsSpan(sector * SectorBytes, SectorBytes)) && !IsSince(sector, found))
            {
                Assert.Fail($"{when}: sector {sector} holds neither what was flushed nor anything written to it since.");
            }
        }
    }

    private bool IsSince(int sector, ReadOnlySpan<byte> found)
    {
        foreach (byte[] candidate in _since.GetValueOrDefault(sector, []))
        {
            if (found.SequenceEqual(candidate))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(int sector, byte[] data, bool isFlushed)
    {
        if (isFlushed)
        {
            data.CopyTo(_flushed, sector * SectorBytes);
            _since.Remove(sector);
        }
        else
        {
            (_since.TryGetValue(sector, out List<byte[]>? list) ? list : _since[sector] = []).Add(data);
        }
    }
}
