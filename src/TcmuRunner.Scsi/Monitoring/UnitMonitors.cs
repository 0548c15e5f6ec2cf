// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;

namespace TcmuRunner.Scsi;

/// <summary>The monitors of all logical units of a process, and what they watch for. Thread safe.</summary>
/// <remarks>While nothing is watched for, a command pays for one look at a flag.</remarks>
public sealed class UnitMonitors
{
    private readonly ConcurrentDictionary<string, UnitMonitor> _units = new(StringComparer.Ordinal);
    private volatile bool _counts;
    private long _slowNanoseconds = long.MaxValue;
    private volatile bool _isActive;

    /// <summary>Whether commands are counted and timed. Default false. Takes effect at once.</summary>
    public bool Counts
    {
        get => _counts;
        set
        {
            _counts = value;
            _isActive = value || SlowNanoseconds != long.MaxValue;
        }
    }

    /// <summary>How long a command may take before it is logged in words; zero (the default) for as long as it wants. Takes effect at once.</summary>
    public TimeSpan SlowThreshold
    {
        get => SlowNanoseconds == long.MaxValue ? TimeSpan.Zero : TimeSpan.FromMicroseconds(SlowNanoseconds / 1e3);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            Volatile.Write(ref _slowNanoseconds, value == TimeSpan.Zero ? long.MaxValue : (long)value.TotalNanoseconds);
            _isActive = _counts || value != TimeSpan.Zero;
        }
    }

    /// <summary>The units that were opened and not forgotten since.</summary>
    public IEnumerable<UnitMonitor> Units => _units.Values;

    internal bool IsActive => _isActive;

    internal long SlowNanoseconds => Volatile.Read(ref _slowNanoseconds);

    /// <summary>The monitor of a unit, the same one each time it is opened.</summary>
    public UnitMonitor Get(string name) => _units.GetOrAdd(name, static (name, all) => new UnitMonitor(all, name), this);

    /// <summary>The unit is gone for good; one of its name that comes later starts at zero.</summary>
    public void Forget(string name) => _units.TryRemove(name, out _);
}
