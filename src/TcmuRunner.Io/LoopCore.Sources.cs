// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Io;

internal abstract partial class LoopCore
{
    private readonly List<SourceSlot> _sources = [];
    private bool _sourcesChanged;

    /// <inheritdoc/>
    public override Task AddAsync(LoopSource source) => InvokeAsync(() => Add(source));

    /// <inheritdoc/>
    public override async Task RemoveAsync(LoopSource source)
    {
        SourceSlot? slot = null;
        await InvokeAsync(() => slot = Remove(source)).ConfigureAwait(false);
        if (slot is not null)
        {
            await slot.Removed.ConfigureAwait(false);
        }
    }

    /// <summary>Begins to watch a source's descriptor.</summary>
    /// <exception cref="IoLoopException">The kernel cannot wait for it.</exception>
    private protected abstract void Watch(SourceSlot slot);

    /// <summary>Stops watching; calls <see cref="SourceSlot.Release"/> when the kernel has let go, now or later.</summary>
    private protected abstract void Unwatch(SourceSlot slot);

    /// <summary>For <see cref="ArmWakeUps"/>: every source that is served.</summary>
    private protected List<SourceSlot> Sources => _sources;

    /// <summary>Tells a source that its descriptor is ready.</summary>
    private protected void Ready(SourceSlot slot, short events)
    {
        if (!slot.IsActive)
        {
            return;
        }

        try
        {
            slot.Source.OnReady(events);
        }
        catch (Exception exception)
        {
            Fail(slot, exception);
        }
    }

    private void Add(LoopSource source)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (_sources.Exists(other => other.IsActive && other.Source == source))
        {
            throw new InvalidOperationException($"The loop '{Name}' serves this source already.");
        }

        var slot = new SourceSlot(source);
        try
        {
            Watch(slot);
        }
        catch (IoLoopException)
        {
            slot.Release();
            throw;
        }

        _sources.Add(slot);
    }

    private SourceSlot? Remove(LoopSource source)
    {
        SourceSlot? slot = _sources.Find(other => other.Source == source && other.IsActive);
        if (slot is not null)
        {
            Deactivate(slot);
        }

        // One that failed a moment ago may still be in the kernel's hands.
        return slot ?? _sources.Find(other => other.Source == source);
    }

    private void Deactivate(SourceSlot slot)
    {
        slot.IsActive = false;
        _sourcesChanged = true;
        Unwatch(slot);
    }

    private void RemoveAllSources()
    {
        foreach (SourceSlot slot in _sources)
        {
            if (slot.IsActive)
            {
                Deactivate(slot);
            }
        }
    }

    private bool PollSources()
    {
        bool worked = false;
        // By index: what runs below may add sources.
        for (int index = 0; index < _sources.Count; index++)
        {
            SourceSlot slot = _sources[index];
            if (!slot.IsActive)
            {
                continue;
            }

            try
            {
                worked |= slot.Source.Poll();
            }
            catch (Exception exception)
            {
                Fail(slot, exception);
                worked = true;
            }
        }

        return worked;
    }

    private bool RunDeadlines()
    {
        long now = 0;
        bool worked = false;
        for (int index = 0; index < _sources.Count; index++)
        {
            SourceSlot slot = _sources[index];
            if (!slot.IsActive || slot.Source.DeadlineMilliseconds == long.MaxValue)
            {
                continue;
            }

            now = now == 0 ? Environment.TickCount64 : now;
            if (slot.Source.DeadlineMilliseconds > now)
            {
                continue;
            }

            worked = true;
            try
            {
                slot.Source.RunDeadline();
            }
            catch (Exception exception)
            {
                Fail(slot, exception);
            }
        }

        return worked;
    }

    /// <summary>How long a wait may last: -1 without any deadline.</summary>
    private int MillisecondsToDeadline()
    {
        long earliest = long.MaxValue;
        for (int index = 0; index < _sources.Count; index++)
        {
            SourceSlot slot = _sources[index];
            if (slot.IsActive)
            {
                earliest = Math.Min(earliest, slot.Source.DeadlineMilliseconds);
            }
        }

        return earliest == long.MaxValue ? -1 : (int)Math.Clamp(earliest - Environment.TickCount64, 0, int.MaxValue);
    }

    private void EndBatches()
    {
        for (int index = 0; index < _sources.Count; index++)
        {
            SourceSlot slot = _sources[index];
            if (!slot.IsActive)
            {
                continue;
            }

            try
            {
                slot.Source.EndBatch();
            }
            catch (Exception exception)
            {
                Fail(slot, exception);
            }
        }

        if (_sourcesChanged)
        {
            _sources.RemoveAll(slot => slot.IsReleased);
            _sourcesChanged = _sources.Exists(slot => !slot.IsActive);
        }
    }

    private void Fail(SourceSlot slot, Exception exception)
    {
        Log.SourceFailed(_logger, exception, Name);
        if (!slot.IsActive)
        {
            return;
        }

        Deactivate(slot);
        NotifyFailure(slot, exception);
    }

    private void FailAllSources(Exception exception)
    {
        foreach (SourceSlot slot in _sources)
        {
            if (slot.IsActive)
            {
                slot.IsActive = false;
                NotifyFailure(slot, exception);
            }

            if (!slot.IsReleased)
            {
                slot.Release();
            }
        }
    }

    private void NotifyFailure(SourceSlot slot, Exception exception)
    {
        try
        {
            slot.Source.OnFailed(exception);
        }
        catch (Exception second)
        {
            Log.FailureHandlerFailed(_logger, second, Name);
        }
    }
}
