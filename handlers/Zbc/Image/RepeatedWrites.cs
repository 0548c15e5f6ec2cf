// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// The last write of each zone before the daemon was killed. Its write pointer was advanced; whether the host was answered is not known. If
/// not, the kernel repeats the write after the restart, where it stands below the write pointer now: it is let through, once.
/// </summary>
/// <remarks>Used under the store's lock.</remarks>
internal sealed class RepeatedWrites
{
    private readonly Dictionary<int, (long Offset, long End)> _expected = [];

    /// <summary>Notes the last write of a zone; a write pointer that is not behind its start says that there was none.</summary>
    public void Expect(int zone, long offset, long writePointer)
    {
        if (offset >= 0 && offset < writePointer)
        {
            _expected[zone] = (offset, writePointer);
        }
    }

    /// <summary>The zone has gone on: what was written last before the restart is of no interest any more.</summary>
    public void Forget(int zone) => _expected.Remove(zone);

    /// <summary>Whether a write is that one; from now on no other is.</summary>
    public bool Take(int zone, long offset, long count) =>
        _expected.Remove(zone, out (long Offset, long End) expected) && expected == (offset, offset + count);
}
