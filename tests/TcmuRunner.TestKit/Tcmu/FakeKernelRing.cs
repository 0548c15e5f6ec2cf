// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Ring;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.TestKit.Tcmu;

/// <summary>
/// The kernel's side of a TCMU device over a memfd: produces entries by the kernel's rules, collects responses by the kernel's rules, and checks
/// that the consumer keeps to its part. Independent of the consumer's layout types, so that an error in them shows.
/// </summary>
/// <remarks>Thread safe: one mutex, as the kernel's <c>cmdr_lock</c>.</remarks>
public sealed unsafe partial class FakeKernelRing : IDisposable
{
    internal const uint MailboxBytes = 128;
    private const int HeadOffset = 12;
    private const int TailOffset = 64;
    private const byte FreedEntryPattern = 0xEE;
    private const byte FreedBlockPattern = 0xDB;

    private readonly FakeKernelOptions _options;
    private readonly FileDescriptor _memory;
    private readonly byte* _map;
    private readonly long _length;
    private readonly byte[] _shadow;
    private readonly FakeCommand?[] _commands;
    private readonly bool[] _usedBlocks;
    private readonly Queue<FakeCommand> _waiting = new();
    private readonly List<string> _violations = [];
    private FakeUioChannel? _channel;
    private uint _head;
    private uint _cleaned;
    private int _freeBlocks;
    private int _firstFreeBlock;
    private int _firstFreeId = 1;
    private int _plugged;
    private bool _isUnannounced;

    public FakeKernelRing(FakeKernelOptions? options = null)
    {
        _options = options ?? new FakeKernelOptions();
        // The data area starts at a page boundary, as the kernel's does; a ring of any size leaves a gap that belongs to nobody.
        _length = DataOffset + ((long)_options.DataBlocks * _options.BlockSizeBytes);
        _memory = new FileDescriptor(TestLibc.MemfdCreate("tcmu-ring", TestLibc.MFD_CLOEXEC));
        if (_memory.IsInvalid || TestLibc.Ftruncate(_memory.Number, _length) != 0)
        {
            throw new InvalidOperationException("No memory for a ring.");
        }

        _map = (byte*)Libc.Mmap(0, (nuint)_length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, _memory.Number, 0);
        _shadow = new byte[_options.RingSizeBytes];
        _commands = new FakeCommand?[_options.CommandIds + 1];
        _usedBlocks = new bool[_options.DataBlocks];
        _freeBlocks = _options.DataBlocks;
        EventCounter = _options.EventCounter;
        *(ushort*)_map = 2;
        *(ushort*)(_map + 2) = _options.Flags;
        *(uint*)(_map + 4) = MailboxBytes;
        *(uint*)(_map + 8) = _options.RingSizeBytes;
    }

    /// <summary>Called for each command that gets its answer, under the mutex, on the thread that collects it; may submit.</summary>
    public Action<FakeCommand>? Completed { get; set; }

    /// <summary>What the consumer did wrong; must stay empty.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Whether a response named an unknown command id: nothing is collected any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether new commands are answered with BUSY (block_dev).</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Commands on the ring.</summary>
    public int OnRing { get; private set; }

    /// <summary>Commands that wait for room.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Commands that got their answer from the consumer.</summary>
    public long Collected { get; private set; }

    /// <summary>Entries with an unknown opcode that the consumer flagged and skipped.</summary>
    public int FlaggedUnknownEntries { get; private set; }

    /// <summary>Pad entries written.</summary>
    public int Pads { get; private set; }

    /// <summary>Where the next entry goes.</summary>
    public uint Head => _head;

    /// <summary>The tail as the consumer published it.</summary>
    public uint Tail => Volatile.Read(ref *(uint*)(_map + TailOffset));

    /// <summary>Whether the device was removed.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>Where the data area starts.</summary>
    public uint DataOffset => (MailboxBytes + _options.RingSizeBytes + 4095) & ~4095u;

    internal Lock Mutex { get; } = new();

    internal uint EventCounter { get; private set; }

    internal FakeUioChannel? Channel => _channel;

    internal int MaximumEntryBytes => (int)(_options.RingSizeBytes / 2);

    /// <summary>Opens the device, which is exclusive.</summary>
    internal UioDevice Open()
    {
        lock (Mutex)
        {
            if (_channel is not null)
            {
                throw new UioException(UioErrorKind.Busy, "The fake device is open.", Errno.EBUSY);
            }

            _channel = new FakeUioChannel(this, EventCounter);
            return new UioDevice(_channel, RingRegion.Map(_memory, _length, "/dev/uio-fake"));
        }
    }

    /// <summary>What the kernel's reset_ring does: all commands fail with BUSY, the indexes go back to zero.</summary>
    public void ResetRing()
    {
        lock (Mutex)
        {
            for (int id = 0; id < _commands.Length; id++)
            {
                if (_commands[id] is { } command)
                {
                    Free(command);
                    Finish(command, ScsiStatus.Busy);
                }
            }

            _head = _cleaned = 0;
            Volatile.Write(ref *(uint*)(_map + HeadOffset), 0);
            Volatile.Write(ref *(uint*)(_map + TailOffset), 0);
            IsBroken = false;
            SubmitWaiting();
        }
    }

    /// <summary>Removes the device: events and notifications fail from now on.</summary>
    public void Remove()
    {
        lock (Mutex)
        {
            IsRemoved = true;
            _channel?.Signal();
        }
    }

    /// <summary>Overwrites the shared head, as no kernel does.</summary>
    public void CorruptHead(uint head)
    {
        lock (Mutex)
        {
            Volatile.Write(ref *(uint*)(_map + HeadOffset), head);
            Announce();
        }
    }

    /// <summary>Raises an event that stands for nothing.</summary>
    public void RaiseEvent()
    {
        lock (Mutex)
        {
            Announce();
        }
    }

    public void Dispose()
    {
        _ = Libc.Munmap((nint)_map, (nuint)_length);
        _memory.Dispose();
    }

    internal void Close(FakeUioChannel channel)
    {
        lock (Mutex)
        {
            if (ReferenceEquals(_channel, channel))
            {
                _channel = null;
            }
        }
    }

    private void Violate(string what) => _violations.Add(what);
}
