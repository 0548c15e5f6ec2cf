// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu.Ring;

/// <summary>Takes commands out of a device's ring, has the logical unit execute them, and writes the answers back.</summary>
/// <remarks>
/// Three places in the ring, each a byte offset: the kernel's head, where it puts the next entry; our private read index; and the tail, the
/// first entry that is not answered. tail &lt;= read &lt;= head, going round. Everything here runs on the loop that owns the ring, except
/// <see cref="OnTaskCompleted"/>, so there is no lock.
/// <para>
/// A command that ends early is answered in the slot at the tail, whosever request came in it: that slot has been read and copied, because
/// answers never outnumber the commands read. Where the kernel takes answers in order only, an answer waits for the ones before it.
/// </para>
/// </remarks>
internal sealed unsafe partial class CommandRing : IDisposable
{
    /// <summary>Most entries to take before the kernel is told of answers, so that a full ring does not delay its first ones.</summary>
    private const int MaximumBatch = 64;

    private readonly RingRegion _region;
    private readonly LogicalUnit _unit;
    private readonly ItNexus _nexus;
    private readonly IoLoop _loop;
    private readonly ILogger _logger;
    private readonly string _name;
    private readonly TcmuMailbox* _mailbox;
    private readonly byte* _entries;
    private readonly uint _size;
    private readonly DataArea _area;
    private readonly bool _isOutOfOrder;
    private readonly bool _hasReadLength;
    private readonly SlotQueue _slots = new();
    private readonly RingTaskPool _pool;
    private bool _holdsRegion;
    private uint _read;
    private uint _tail;
    private bool _isDetached;
    private TaskList _running;
    private TaskList _overdue;
    private TaskCompletionSource? _whenIdle;

    /// <summary>Creates a consumer that goes on where the ring's tail stands.</summary>
    /// <param name="region">The shared memory; referenced until <see cref="Dispose"/>.</param>
    /// <param name="unit">Executes the commands.</param>
    /// <param name="nexus">Who all commands come from: the ring does not say.</param>
    /// <param name="loop">The loop that all members are used on.</param>
    /// <param name="name">The device's name for messages.</param>
    /// <param name="logger">For invalid entries, aborts and time-outs.</param>
    /// <exception cref="UioException">The tail is not inside the ring.</exception>
    internal CommandRing(RingRegion region, LogicalUnit unit, ItNexus nexus, IoLoop loop, string name, ILogger logger)
    {
        (_region, _unit, _nexus, _loop, _name, _logger) = (region, unit, nexus, loop, name, logger);
        _pool = new RingTaskPool(this);
        region.DangerousAddRef(ref _holdsRegion);
        _mailbox = (TcmuMailbox*)region.Start;
        _entries = region.Start + region.RingOffset;
        _size = region.RingSize;
        _area = new DataArea(region.Start, (ulong)region.RingOffset + region.RingSize, (ulong)region.Length);
        _isOutOfOrder = region.Flags.HasFlag(MailboxFlags.OutOfOrderCompletion);
        _hasReadLength = region.Flags.HasFlag(MailboxFlags.ReadLength);
        _read = _tail = _mailbox->CommandTail;
        if (!IsIndex(_tail))
        {
            Dispose();
            throw CorruptRing($"the tail stands at {_tail} of {_size} bytes");
        }
    }

    /// <summary>Whether a command can be answered without giving its buffer back (KEEP_BUF).</summary>
    internal bool CanKeepBuffers => _region.Flags.HasFlag(MailboxFlags.KeepBuffer);

    /// <summary>Commands taken out of the ring and not yet answered.</summary>
    internal int InFlight { get; private set; }

    /// <summary>Whether answers, or the end of a notification, stand in the ring that the kernel was not told of.</summary>
    internal bool HasNews { get; private set; }

    /// <summary>Commands taken out of the ring since the start.</summary>
    internal long Commands { get; private set; }

    /// <summary>Length of the buffers of those commands in bytes.</summary>
    internal long DataBytes { get; private set; }

    /// <summary>Commands that were refused because their entry is invalid.</summary>
    internal long InvalidEntries { get; private set; }

    /// <summary>Commands that were still running when their time-out passed.</summary>
    internal long TimeOuts { get; private set; }

    /// <summary>The most bytes of the ring that were ever in use.</summary>
    internal uint HighWaterBytes { get; private set; }

    /// <summary>Whether every entry of the ring has been taken out and answered.</summary>
    internal bool IsDrained => InFlight == 0 && (_isDetached || _read == ReadHead());

    /// <summary>The kernel has been told of the answers so far.</summary>
    internal void ClearNews() => HasNews = false;

    /// <summary>
    /// Leaves the ring alone from now on, because the kernel took it back or because nothing in it can be trusted. Commands in flight end
    /// without an answer; their buffers stay valid.
    /// </summary>
    internal void Detach()
    {
        _isDetached = true;
        while (!_slots.IsEmpty)
        {
            RingTask? task = _slots.First.Task;
            _slots.Dequeue();
            if (task is { IsAnswered: true })
            {
                // It waits for its turn, which will not come any more.
                Recycle(task);
            }
        }
    }

    /// <summary>Completes when no command is in flight; asked once, after the last <see cref="Poll"/>.</summary>
    internal Task WhenIdle()
    {
        _whenIdle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (InFlight == 0)
        {
            _whenIdle.SetResult();
        }

        return _whenIdle.Task;
    }

    /// <summary>Lets go of the shared memory; not while commands are in flight.</summary>
    public void Dispose()
    {
        _isDetached = true;
        if (_holdsRegion)
        {
            _holdsRegion = false;
            _region.DangerousRelease();
        }
    }

    // Acquire: pairs with the kernel's store-release of cmd_head behind the bytes of the entry, so that no entry is read before it is
    // complete.
    private uint ReadHead() => Volatile.Read(ref Unsafe.AsRef(in _mailbox->CommandHead));

    // Release: the kernel must see a response's bytes before the tail that hands them over. Every store to the tail goes through here.
    private void PublishTail() => Volatile.Write(ref _mailbox->CommandTail, _tail);

    private bool IsIndex(uint offset) => offset < _size && offset % RingRegion.EntryAlignment == 0;

    private uint Advance(uint offset, uint lengthBytes)
    {
        // Neither operand exceeds the size, and a ring fits a mapping's uint offsets: no overflow that the comparison would not see.
        uint rest = _size - offset;
        return lengthBytes < rest ? offset + lengthBytes : lengthBytes - rest;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private UioException CorruptRing(string finding) =>
        new(UioErrorKind.CorruptRing, $"{_name}: the command ring of {_region.Path} is corrupt: {finding}.");
}
