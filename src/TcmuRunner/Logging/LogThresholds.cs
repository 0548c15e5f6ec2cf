// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Configuration;

namespace TcmuRunner.Logging;

/// <summary>What is logged: a level for the daemon, and levels of their own for some devices. Thread safe.</summary>
internal sealed class LogThresholds
{
    private readonly Lock _sync = new();
    private readonly LogThreshold _daemon = new();
    private readonly Dictionary<string, LogThreshold> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LogVerbosity> _own = new(StringComparer.Ordinal);
    private LogVerbosity _level;

    /// <summary>The daemon's level.</summary>
    internal LogVerbosity Level
    {
        get
        {
            lock (_sync)
            {
                return _level;
            }
        }
    }

    /// <summary>The level that lets most through, of the daemon's and all devices'.</summary>
    internal LogVerbosity Widest
    {
        get
        {
            lock (_sync)
            {
                return _own.Values.Append(_level).Max();
            }
        }
    }

    /// <summary>The level that a device has of its own; null where it has none.</summary>
    internal LogVerbosity? LevelOf(string device)
    {
        lock (_sync)
        {
            return _own.TryGetValue(device, out LogVerbosity level) ? level : null;
        }
    }

    /// <summary>Sets the daemon's level, and with it that of devices without one of their own.</summary>
    internal void Set(LogVerbosity level)
    {
        lock (_sync)
        {
            _level = level;
            _daemon.Verbosity = level;
            foreach ((string device, LogThreshold threshold) in _devices)
            {
                threshold.Verbosity = _own.GetValueOrDefault(device, level);
            }
        }
    }

    /// <summary>Gives a device a level of its own, whether or not it exists yet; null for the daemon's.</summary>
    internal void Set(string device, LogVerbosity? level)
    {
        lock (_sync)
        {
            if (level is { } own)
            {
                _own[device] = own;
            }
            else
            {
                _own.Remove(device);
            }

            if (_devices.TryGetValue(device, out LogThreshold? threshold))
            {
                threshold.Verbosity = level ?? _level;
            }
        }
    }

    /// <summary>What decides for a logger; follows every change.</summary>
    /// <param name="device">The device whose logger it is; null for the others.</param>
    internal LogThreshold For(string? device)
    {
        if (device is null)
        {
            return _daemon;
        }

        lock (_sync)
        {
            if (!_devices.TryGetValue(device, out LogThreshold? threshold))
            {
                threshold = new LogThreshold { Verbosity = _own.GetValueOrDefault(device, _level) };
                _devices.Add(device, threshold);
            }

            return threshold;
        }
    }
}
