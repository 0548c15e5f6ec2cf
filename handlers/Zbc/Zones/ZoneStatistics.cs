// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Zbc;

/// <summary>The counters of the zoned block device statistics log page (ZBC-2, page 14h subpage 01h). Lost with the daemon.</summary>
internal sealed class ZoneStatistics
{
    private readonly long[] _values = new long[Count];

    /// <summary>How many parameters the page has, numbered from 0.</summary>
    public const int Count = 12;

    private const int MaximumOpen = 0;
    private const int MaximumExplicitlyOpen = 1;
    private const int MaximumImplicitlyOpen = 2;
    private const int NonSequentialZones = 4;
    private const int ZonesEmptied = 5;
    private const int SuboptimalWrites = 6;
    private const int FailedExplicitOpens = 8;
    private const int ReadRuleViolations = 9;
    private const int WriteRuleViolations = 10;

    /// <summary>The value of a parameter.</summary>
    public long this[int parameter] => Volatile.Read(ref _values[parameter]);

    /// <summary>Notes how many zones are open. Under the device's lock.</summary>
    public void NoteOpened(int explicitly, int implicitly)
    {
        Raise(MaximumOpen, explicitly + implicitly);
        Raise(MaximumExplicitlyOpen, explicitly);
        Raise(MaximumImplicitlyOpen, implicitly);
    }

    public void NoteEmptied() => Interlocked.Increment(ref _values[ZonesEmptied]);

    public void NoteSuboptimalWrite(bool isFirstOfZone)
    {
        Interlocked.Increment(ref _values[SuboptimalWrites]);
        if (isFirstOfZone)
        {
            Interlocked.Increment(ref _values[NonSequentialZones]);
        }
    }

    public void NoteFailedOpen() => Interlocked.Increment(ref _values[FailedExplicitOpens]);

    public void NoteReadViolation() => Interlocked.Increment(ref _values[ReadRuleViolations]);

    public void NoteWriteViolation() => Interlocked.Increment(ref _values[WriteRuleViolations]);

    private void Raise(int parameter, long value)
    {
        if (value > _values[parameter])
        {
            Volatile.Write(ref _values[parameter], value);
        }
    }
}
