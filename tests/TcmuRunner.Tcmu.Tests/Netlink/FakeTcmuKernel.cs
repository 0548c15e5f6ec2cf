// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <summary>
/// The control side of the kernel's TCMU: configfs, sysfs and the netlink family, with the reply protocol of the ABI sheet, 3.4. Operations
/// of administrators are tasks that end when the kernel's would.
/// </summary>
internal sealed partial class FakeTcmuKernel
{
    internal const string ConfigFs = "/fake/target";
    internal const string Uio = "/fake/uio";
    internal const string Module = "/fake/module";

    private readonly Lock _sync = new();
    private readonly List<FakeKernelDevice> _devices = [];
    private readonly List<string> _journal = [];
    private readonly List<string> _violations = [];
    private uint _nextId = 5;
    private bool _repliesOn;
    private bool _isBlocked;

    internal TcmuPaths Paths { get; } = new() { ConfigFsTarget = ConfigFs, SysClassUio = Uio, Dev = "/fake/dev", Module = Module };

    /// <summary>Version of the family; 1 before replies were invented.</summary>
    internal byte Version { get; init; } = 2;

    /// <summary>Answer to SET_FEATURES.</summary>
    internal int SetFeaturesStatus { get; init; }

    /// <summary>Whether block_netlink and reset_netlink exist.</summary>
    internal bool CanBlockNetlink { get; init; } = true;

    internal bool HasModule { get; set; } = true;

    internal bool HasConfigFs { get; set; } = true;

    internal bool IsNetlinkBlocked => _isBlocked;

    /// <summary>What happened, in order: writes to files, requests, and what the devices of the tests add.</summary>
    internal IReadOnlyList<string> Journal
    {
        get
        {
            lock (_sync)
            {
                return [.. _journal];
            }
        }
    }

    /// <summary>What the daemon did that a real kernel would not forgive.</summary>
    internal IReadOnlyList<string> Violations
    {
        get
        {
            lock (_sync)
            {
                return [.. _violations];
            }
        }
    }

    internal void Note(string entry)
    {
        lock (_sync)
        {
            _journal.Add(entry);
        }
    }

    /// <summary>A device that exists already.</summary>
    internal FakeKernelDevice AddExisting(string name, string configuration, int minor, sbyte repliesSupported = 0)
    {
        lock (_sync)
        {
            var device = new FakeKernelDevice(_nextId++, minor, name, configuration, repliesSupported)
            {
                IsConfigured = true,
                HasUio = true,
            };
            _devices.Add(device);
            return device;
        }
    }

    /// <summary>mkdir, control, enable=1.</summary>
    /// <returns>The device, and the status with which the write to enable ends.</returns>
    internal (FakeKernelDevice Device, Task<int> Enabled) Create(string name, string configuration, sbyte repliesSupported = 0)
    {
        lock (_sync)
        {
            int minor = Enumerable.Range(0, int.MaxValue)
                .First(number => !_devices.Exists(device => device.HasUio && device.Minor == number));
            var device = new FakeKernelDevice(_nextId++, minor, name, configuration, repliesSupported) { HasUio = true };
            _devices.Add(device);
            return (device, EnableAsync(device, Notify(device, TcmuCommand.AddedDevice, change: null)));
        }
    }

    /// <summary>rmdir.</summary>
    internal Task RemoveAsync(FakeKernelDevice device)
    {
        lock (_sync)
        {
            return FinishRemoveAsync(device, Notify(device, TcmuCommand.RemovedDevice, change: null));
        }
    }

    /// <summary>A write to attrib/dev_size, dev_config or emulate_write_cache.</summary>
    internal Task<int> ReconfigureAsync(FakeKernelDevice device, Change change)
    {
        lock (_sync)
        {
            return FinishReconfigureAsync(device, Notify(device, TcmuCommand.ReconfigDevice, change), change);
        }
    }

    /// <summary>The UIO device goes away without an event, as when netlink was blocked.</summary>
    internal void Vanish(FakeKernelDevice device)
    {
        lock (_sync)
        {
            device.HasUio = false;
            _devices.Remove(device);
        }
    }

    private async Task<int> EnableAsync(FakeKernelDevice device, Task<int> replied)
    {
        int status = await replied;
        lock (_sync)
        {
            device.IsConfigured = status == 0;
            if (status != 0)
            {
                device.HasUio = false;
                _devices.Remove(device);
            }
        }

        return status;
    }

    private async Task FinishRemoveAsync(FakeKernelDevice device, Task<int> replied)
    {
        await replied;
        Vanish(device);
    }

    private async Task<int> FinishReconfigureAsync(FakeKernelDevice device, Task<int> replied, Change change)
    {
        int status = await replied;
        lock (_sync)
        {
            if (status == 0)
            {
                device.Apply(change);
            }
        }

        return status;
    }

    /// <summary>Sends an event, and waits for the reply where the kernel would.</summary>
    private Task<int> Notify(FakeKernelDevice device, TcmuCommand command, Change? change)
    {
        bool waits = Version > 1 && _repliesOn && device.RepliesSupported >= 0;
        if (waits && _isBlocked)
        {
            return Task.FromResult(-Errno.EAGAIN);
        }

        if (waits && device.Pending is not null)
        {
            return Task.FromResult(-Errno.EBUSY);
        }

        var reply = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (waits)
        {
            device.Pending = (command, reply);
        }
        else
        {
            reply.SetResult(0);
        }

        Enqueue(WriteEvent(FamilyId, command, Version, device.Minor, device.UioName, device.Id, change));
        return reply.Task;
    }

    /// <summary>The matching table of 3.4.</summary>
    private int TakeDone(TcmuCommand command, uint? deviceId, int? status)
    {
        if (deviceId is null || status is null)
        {
            _violations.Add($"{command} lacks an attribute");
            return -Errno.EINVAL;
        }

        FakeKernelDevice? device = _devices.Find(candidate => candidate.Id == deviceId);
        if (device is not null)
        {
            device.DoneCount++;
        }

        if (device?.Pending is not { } pending)
        {
            return -Errno.ENODEV;
        }

        device.Pending = null;
        if (TcmuNetlink.DoneCommand(pending.Command) != command)
        {
            _violations.Add($"{command} for a waiting {pending.Command}: the waiter can never be woken again");
            return -Errno.EINVAL;
        }

        pending.Reply.SetResult(status.Value);
        return 0;
    }

    private void ResetNetlink()
    {
        if (!_isBlocked && _devices.Exists(device => device.Pending is not null))
        {
            throw FileFailure("reset_netlink", Errno.EBUSY);
        }

        foreach (FakeKernelDevice device in _devices.Where(device => device.Pending is not null).ToArray())
        {
            (TcmuCommand command, TaskCompletionSource<int> reply) = device.Pending!.Value;
            device.Pending = null;
            if (command == TcmuCommand.AddedDevice)
            {
                device.HasUio = false;
                _devices.Remove(device);
            }

            reply.SetResult(-Errno.EINTR);
        }
    }

    private static TcmuException FileFailure(string path, int errno) =>
        new(errno == Errno.ENOENT ? TcmuErrorKind.NotFound : TcmuErrorKind.AttributeFailed, $"{path} failed ({ErrnoText.Describe(errno)}).")
        { Path = path, Errno = errno };
}
