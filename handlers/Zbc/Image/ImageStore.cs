// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// Keeps the state of the zones in the image: every change at once in shared memory, and durable where a host has flushed. What is durable
/// never speaks of data that are not: the data are flushed first, and a zone is emptied durably before its blocks are given back or written anew.
/// </summary>
internal sealed partial class ImageStore : IZoneObserver, IAsyncDisposable
{
    private const int JournalBufferBlocks = 64;
    private readonly AsyncFile _file;
    private readonly LiveArea _live;
    private readonly FlushQueue _flushes;

    // Zones that have changed since they were last made durable. Under Lock.
    private readonly ulong[] _dirtyBits;
    private readonly int[] _dirtyZones;
    private int _dirtyCount;
    private bool _areParametersDirty;

    // What is durable, and where the journal goes on. Under _gate.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly IoBuffer _journalBuffer = new(JournalBufferBlocks * ImageFormat.BlockBytes);
    private ImageState _durable;
    private JournalEntry[] _entries = new JournalEntry[ImageFormat.EntriesPerBlock];
    private IoBuffer? _checkpointBuffer;
    private long _generation;
    private int _journalPosition;
    private bool _needsCheckpoint;
    private bool _isDisposed;

    /// <summary>Takes over an image; <see cref="ImageOpener"/> has read it.</summary>
    /// <param name="file">The image; closed with the store.</param>
    /// <param name="live">Its shared memory; closed with the store.</param>
    /// <param name="header">Its header.</param>
    /// <param name="durable">What its checkpoint and journal say.</param>
    /// <param name="generation">The checkpoint's.</param>
    /// <param name="journalPosition">The block of the journal to write next.</param>
    /// <param name="current">What counts now: the same, or what a killed daemon left in shared memory.</param>
    public ImageStore(AsyncFile file, LiveArea live, ImageHeader header, ImageState durable, long generation, int journalPosition, ImageState current)
    {
        _file = file;
        _live = live;
        Header = header;
        _durable = durable;
        _generation = generation;
        _journalPosition = journalPosition;
        _dirtyBits = new ulong[(header.ZoneCount + 63) / 64];
        _dirtyZones = new int[header.ZoneCount];
        _flushes = new FlushQueue(FlushNowAsync);
        Parameters = current.Parameters;
        for (int zone = 0; zone < header.ZoneCount; zone++)
        {
            _live.StoreLastWrite(zone, -1);
            _live.StoreZone(zone, current.Zones[zone]);
            if (current.Zones[zone] != durable.Zones[zone])
            {
                MarkDirty(zone);
            }
        }

        for (int realm = 0; realm < header.RealmCount; realm++)
        {
            _live.StoreRealm(realm, current.RealmDomains[realm]);
            _needsCheckpoint |= current.RealmDomains[realm] != durable.RealmDomains[realm];
            durable.RealmDomains[realm] = current.RealmDomains[realm];
        }

        _live.StoreParameters(current.Parameters);
        _areParametersDirty = current.Parameters != durable.Parameters;
        _live.SetValid(true);
    }

    /// <summary>Held while zones change, and while a flush looks which have.</summary>
    public Lock Lock { get; } = new();

    public ImageHeader Header { get; }

    public AsyncFile File => _file;

    /// <summary>What hosts have set.</summary>
    public DeviceParameters Parameters { get; private set; }

    public void ZoneChanged(int zone, ZoneState state)
    {
        _live.StoreZone(zone, state.Bits);
        MarkDirty(zone);
    }

    public void RealmChanged(int realm, int domain) => _live.StoreRealm(realm, (byte)domain);

    /// <summary>Notes where a write began, before its end is recorded. Under <see cref="Lock"/>.</summary>
    public void NoteWrite(int zone, long offset) => _live.StoreLastWrite(zone, offset);

    /// <summary>Changes what hosts can set; durable with the next flush.</summary>
    public void SetParameters(DeviceParameters parameters)
    {
        lock (Lock)
        {
            Parameters = parameters;
            _live.StoreParameters(parameters);
            _areParametersDirty = true;
        }
    }

    /// <summary>Makes everything durable that has completed: the data first, then the write pointers over them.</summary>
    public ValueTask<IoStatus> FlushAsync() => _flushes.RunAsync();

    /// <summary>Makes changes durable that need no data to be: all of them, or none.</summary>
    /// <param name="entries">The changes.</param>
    public async ValueTask<IoStatus> CommitAsync(IReadOnlyCollection<JournalEntry> entries)
    {
        if (entries.Count == 0)
        {
            return IoStatus.Good;
        }

        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            int count = 0;
            foreach (JournalEntry entry in entries)
            {
                AddEntry(ref count, entry);
            }

            IoStatus status = await WriteEntriesAsync(count).ConfigureAwait(false);
            if (!status.IsGood)
            {
                MarkDirtyAgain(count);
            }

            return status;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Makes everything durable and closes the image, so that the next open finds nothing to recover.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        IoStatus status = await FlushAsync().ConfigureAwait(false);
        if (status.IsGood)
        {
            _live.SetValid(false);
        }

        _live.Dispose();
        await _file.DisposeAsync().ConfigureAwait(false);
        _journalBuffer.Dispose();
        _checkpointBuffer?.Dispose();
        _gate.Dispose();
    }

    private void MarkDirty(int zone)
    {
        ulong bit = 1UL << (zone & 63);
        ref ulong word = ref _dirtyBits[zone >> 6];
        if ((word & bit) == 0)
        {
            word |= bit;
            _dirtyZones[_dirtyCount++] = zone;
        }
    }

    // The states are taken before the data are flushed: what changes later waits for the next flush.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<IoStatus> FlushNowAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            int count = TakeDirty();
            IoStatus status = await _file.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            if (status.IsGood)
            {
                status = await WriteEntriesAsync(count).ConfigureAwait(false);
            }

            if (!status.IsGood)
            {
                MarkDirtyAgain(count);
            }

            return status;
        }
        finally
        {
            _gate.Release();
        }
    }

    private int TakeDirty()
    {
        lock (Lock)
        {
            int count = 0;
            for (int index = 0; index < _dirtyCount; index++)
            {
                int zone = _dirtyZones[index];
                _dirtyBits[zone >> 6] = 0;
                ulong state = _live.LoadZone(zone);
                if (state != _durable.Zones[zone])
                {
                    AddEntry(ref count, new JournalEntry(JournalEntryKind.Zone, zone, state));
                }
            }

            _dirtyCount = 0;
            if (_areParametersDirty)
            {
                AddParameters(ref count);
                _areParametersDirty = false;
            }

            return count;
        }
    }

    private void MarkDirtyAgain(int count)
    {
        lock (Lock)
        {
            foreach (JournalEntry entry in _entries.AsSpan(0, count))
            {
                switch (entry.Kind)
                {
                    case JournalEntryKind.Zone:
                        MarkDirty(entry.Index);
                        break;
                    case JournalEntryKind.Realm:
                        _durable.RealmDomains[entry.Index] = _live.LoadRealm(entry.Index);
                        break;
                    default:
                        _areParametersDirty = true;
                        break;
                }
            }
        }
    }

    private void AddEntry(ref int count, JournalEntry entry)
    {
        if (count == _entries.Length)
        {
            Array.Resize(ref _entries, 2 * count);
        }

        _entries[count++] = entry;
    }
}
