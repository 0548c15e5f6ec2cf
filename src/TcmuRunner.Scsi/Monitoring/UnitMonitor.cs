// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Counts what a logical unit does, over any number of times that it is opened.</summary>
/// <remarks>
/// Each thread that completes commands counts in a stripe of its own, with plain additions and no cache line that another thread writes;
/// threads beyond the stripes share one with atomic additions. Nothing is allocated per command. Readers add the stripes up: the numbers
/// are taken one after the other while the unit works.
/// </remarks>
public sealed class UnitMonitor
{
    private const int OwnStripes = 8;

    private readonly UnitMonitors _all;
    private readonly int[] _owners = new int[OwnStripes];
    private readonly long[]?[] _stripes = new long[OwnStripes][];
    private readonly long[] _shared = new long[MonitorCell.Length];
    private long _opens;
    private long _locksTaken;
    private long _locksLost;

    /// <summary>The monitor of units that nobody watches.</summary>
    internal static UnitMonitor Unwatched { get; } = new(new UnitMonitors(), "");

    internal UnitMonitor(UnitMonitors all, string name) => (_all, Name) = (all, name);

    /// <summary>The unit's name in messages, as in <c>file/disk1</c>.</summary>
    public string Name { get; }

    /// <summary>Whether commands are timed at the moment.</summary>
    internal bool IsActive => _all.IsActive;

    /// <summary>Whether commands are counted at the moment.</summary>
    internal bool Counts => _all.Counts;

    /// <summary>From how many nanoseconds on a command is logged; <see cref="long.MaxValue"/> for never.</summary>
    internal long SlowNanoseconds => _all.SlowNanoseconds;

    /// <summary>The numbers so far.</summary>
    public UnitNumbers Read()
    {
        long[] sums = new long[MonitorCell.Length];
        Add(sums, _shared);
        foreach (long[]? stripe in _stripes)
        {
            if (stripe is not null)
            {
                Add(sums, stripe);
            }
        }

        return new UnitNumbers(sums, Math.Max(0, Interlocked.Read(ref _opens) - 1))
        {
            LocksTaken = Interlocked.Read(ref _locksTaken),
            LocksLost = Interlocked.Read(ref _locksLost),
        };
    }

    /// <summary>The unit has been opened, for the first time or again.</summary>
    internal void Opened() => Interlocked.Increment(ref _opens);

    /// <summary>This gateway has taken the backing store's lock.</summary>
    internal void LockTaken() => Interlocked.Increment(ref _locksTaken);

    /// <summary>Another gateway has taken it away.</summary>
    internal void LockLost() => Interlocked.Increment(ref _locksLost);

    /// <summary>Counts a command that has ended.</summary>
    internal void Record(ScsiTask task, long nanoseconds)
    {
        CommandCategory category = CategoryOf(task.Cdb[0]);
        long bytes = task.Status != ScsiStatus.Good ? 0
            : category == CommandCategory.Read ? task.DataInLength
            : category == CommandCategory.Write ? task.DataOut.Length
            : 0;
        int bucket = MonitorCell.Bucket(category, MonitorCell.BucketOf(nanoseconds));
        if (OwnStripe() is { } own)
        {
            own[MonitorCell.Duration(category)] += nanoseconds;
            own[MonitorCell.Bytes(category)] += bytes;
            own[bucket]++;
            if (task.Status != ScsiStatus.Good)
            {
                own[CellOf(task)]++;
            }

            return;
        }

        Interlocked.Add(ref _shared[MonitorCell.Duration(category)], nanoseconds);
        Interlocked.Add(ref _shared[MonitorCell.Bytes(category)], bytes);
        Interlocked.Increment(ref _shared[bucket]);
        if (task.Status != ScsiStatus.Good)
        {
            Interlocked.Increment(ref _shared[CellOf(task)]);
        }
    }

    /// <summary>What an operation code is for.</summary>
    internal static CommandCategory CategoryOf(byte operationCode) => operationCode switch
    {
        0x08 or 0x28 or 0xA8 or 0x88 => CommandCategory.Read,
        0x0A or 0x2A or 0xAA or 0x8A or 0x2E or 0xAE or 0x8E or 0x41 or 0x93 or 0x89 => CommandCategory.Write,
        0x35 or 0x91 => CommandCategory.Flush,
        0x42 => CommandCategory.Unmap,
        _ => CommandCategory.Other,
    };

    private static void Add(long[] sums, long[] stripe)
    {
        for (int index = 0; index < sums.Length; index++)
        {
            sums[index] += Volatile.Read(ref stripe[index]);
        }
    }

    private static int CellOf(ScsiTask task) => task.Status switch
    {
        ScsiStatus.CheckCondition => MonitorCell.SenseKey(((task.Sense[0] & 0x7E) == 0x72 ? task.Sense[1] : task.Sense[2]) & 0x0F),
        ScsiStatus.ReservationConflict => MonitorCell.Conflict,
        ScsiStatus.TaskAborted => MonitorCell.Aborted,
        _ => MonitorCell.Busy,
    };

    // Null when others were here before. Two threads never own the same stripe: an owner's number is given again only after it has ended.
    private long[]? OwnStripe()
    {
        int thread = Environment.CurrentManagedThreadId;
        int slot = thread & (OwnStripes - 1);
        ref int owner = ref _owners[slot];
        if (owner == thread)
        {
            return _stripes[slot];
        }

        if (owner != 0 || Interlocked.CompareExchange(ref owner, thread, 0) != 0)
        {
            return null;
        }

        return _stripes[slot] = new long[MonitorCell.Length];
    }
}
