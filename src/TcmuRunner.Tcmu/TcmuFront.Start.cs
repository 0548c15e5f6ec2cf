// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Tcmu.ConfigFs;
using TcmuRunner.Tcmu.Front;

namespace TcmuRunner.Tcmu;

/// <content>Start: the order that loses nothing.</content>
public sealed partial class TcmuFront
{
    /// <summary>Adopts the devices that exist and begins to follow the kernel's events.</summary>
    /// <param name="cancellationToken">Gives up waiting for devices that are slow to open.</param>
    /// <exception cref="TcmuException">TCMU cannot be used: <see cref="TcmuErrorKind.NotPermitted"/>,
    /// <see cref="TcmuErrorKind.ModuleMissing"/>, <see cref="TcmuErrorKind.ConfigFsMissing"/> or another kind, each with its
    /// remedy.</exception>
    /// <remarks>
    /// Netlink is blocked first and what waits from an earlier life is failed, so that no device changes while sysfs is read; commands that
    /// an earlier life did not answer go back to their initiators, which send them again.
    /// </remarks>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_isPrivileged())
        {
            throw new TcmuException(TcmuErrorKind.NotPermitted, "TCMU devices can be served by root only: start the program as root.");
        }

        ConfigFs.Check();
        bool isBlocked = ConfigFs.TryBlockNetlink();
        try
        {
            if (isBlocked)
            {
                ConfigFs.ResetNetlink();
            }

            _netlink.Start();
            _isStarted = true;
            await AdoptAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await _netlink.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (isBlocked)
            {
                SwitchNetlink(() => ConfigFs.UnblockNetlink());
            }
        }

        // While netlink was blocked a device may have been removed without an event.
        _ = Rescan();
        DeviceController[] devices = Controllers();
        Log.FrontStarted(_logger, devices.Count(device => device.State == TcmuDeviceState.Serving), devices.Length, ForeignDeviceCount);
    }

    private async Task AdoptAsync(CancellationToken cancellationToken)
    {
        var started = new List<Task>(Rescan());
        try
        {
            await Task.WhenAll(started).WaitAsync(_options.StartLimit, _services.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.StartIncomplete(_logger, started.Count(task => !task.IsCompleted), _options.StartLimit.TotalSeconds);
        }
    }

    /// <summary>Compares what sysfs has with the table: adopts the new, drops the gone.</summary>
    /// <returns>For each new device a task that ends after the first attempt to serve it.</returns>
    private List<Task> Rescan()
    {
        var adopting = new List<Task>();
        IReadOnlyList<KeyValuePair<int, UioName>> found = ConfigFs.Scan(reason => Log.BadUioName(_logger, reason));
        int foreign = 0;
        lock (_sync)
        {
            foreach (DeviceController device in _devices.Values.ToArray())
            {
                if (!found.Any(entry => entry.Key == device.Minor && entry.Value.IsSameDevice(device.Name)))
                {
                    _devices.Remove(device.Minor);
                    _ = device.RemoveAsync();
                }
            }

            foreach ((int minor, UioName name) in found)
            {
                if (_devices.ContainsKey(minor) || _isStopping)
                {
                    continue;
                }

                // Another program may be serving it: not touched in any way.
                if (IsForeign(name))
                {
                    foreign++;
                    Log.ForeignFound(_logger, name.ConfigFsName, minor, name.Subtype);
                    continue;
                }

                var device = new DeviceController(_services, minor, name, OnVanished);
                _devices.Add(minor, device);
                adopting.Add(Task.Run(device.AdoptAsync));
            }
        }

        Volatile.Write(ref _foreignCount, foreign);
        return adopting;
    }

    private void OnVanished(DeviceController device)
    {
        lock (_sync)
        {
            if (_devices.TryGetValue(device.Minor, out DeviceController? current) && ReferenceEquals(current, device))
            {
                _devices.Remove(device.Minor);
            }
        }

        _ = device.RemoveAsync();
    }

    private void SwitchNetlink(Action change)
    {
        try
        {
            change();
        }
        catch (TcmuException exception)
        {
            Log.NetlinkSwitchFailed(_logger, exception.Message);
        }
    }
}
