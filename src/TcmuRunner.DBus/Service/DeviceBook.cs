// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>Keeps the objects of the devices as the devices are, and tells what happens to them. Thread safe.</summary>
/// <remarks>
/// It compares what it sees with what it saw: whoever changes a device calls <see cref="Update"/>. Two changes between two looks become
/// one signal, of the state in which they ended.
/// </remarks>
internal sealed class DeviceBook
{
    private const string Serving = "serving";

    private static readonly BusSignal s_added = new("DeviceAdded", [new("device", "o"), new("name", "s")]);
    private static readonly BusSignal s_removed = new("DeviceRemoved", [new("device", "o"), new("name", "s")]);
    private static readonly BusSignal s_failed = new("DeviceFailed", [new("device", "o"), new("name", "s"), new("reason", "s")]);
    private static readonly BusSignal s_recovered = new("DeviceRecovered", [new("device", "o"), new("name", "s")]);
    private static readonly BusSignal s_resized = new("DeviceResized", [new("device", "o"), new("name", "s"), new("size", "t")]);

    private readonly ObjectTree _tree;
    private readonly IDaemonControl _control;
    private readonly DeviceSnapshot _snapshot;
    private readonly Lock _sync = new();
    private readonly Dictionary<string, DeviceObject> _devices = new(StringComparer.Ordinal);

    internal DeviceBook(ObjectTree tree, IDaemonControl control)
    {
        _tree = tree;
        _control = control;
        _snapshot = new DeviceSnapshot(control);
        var described = new BusInterface(ServiceNames.Devices) { Signals = [s_added, s_removed, s_failed, s_recovered, s_resized] };
        tree.Add(new BusObject(ServiceNames.DevicesPath, [described]) { IsManager = true });
    }

    /// <summary>Looks at the devices again.</summary>
    internal void Update()
    {
        lock (_sync)
        {
            Dictionary<string, DeviceFacts> now = DeviceSnapshot.ByName(_control.Devices);
            foreach (string gone in _devices.Keys.Where(name => !now.ContainsKey(name)).ToArray())
            {
                Remove(_devices[gone]);
                _devices.Remove(gone);
            }

            foreach (DeviceFacts facts in now.Values)
            {
                if (_devices.TryGetValue(facts.ConfigFsName, out DeviceObject? known))
                {
                    Compare(known, facts);
                }
                else
                {
                    Add(facts);
                }
            }
        }
    }

    private void Add(DeviceFacts facts)
    {
        var device = new DeviceObject(facts, _control, _snapshot);
        _devices.Add(facts.ConfigFsName, device);
        _tree.Add(new BusObject(device.Path, [device.Interface]) { IsManaged = true });
        Signal(s_added, device.Path, facts.Name);
        if (facts.LastError.Length > 0)
        {
            Signal(s_failed, device.Path, facts.Name, facts.LastError);
        }
    }

    private void Remove(DeviceObject device)
    {
        _tree.Remove(device.Path);
        Signal(s_removed, device.Path, device.Known.Name);
    }

    private void Compare(DeviceObject device, DeviceFacts now)
    {
        DeviceFacts before = device.Known;
        device.Known = now;
        var changed = new List<string>();
        Note(before.State != now.State, "State");
        Note(before.LastError != now.LastError, "LastError");
        Note(before.SizeBytes != now.SizeBytes, "SizeBytes");
        Note(before.Configuration != now.Configuration, "Configuration");
        if (changed.Count > 0)
        {
            _tree.PropertiesChanged(device.Path, device.Interface, [.. changed]);
        }

        if (before.LastError != now.LastError && now.LastError.Length > 0)
        {
            Signal(s_failed, device.Path, now.Name, now.LastError);
        }

        if (before.State != now.State && now.State == Serving && before.LastError.Length > 0)
        {
            Signal(s_recovered, device.Path, now.Name);
        }

        if (before.SizeBytes != now.SizeBytes && before.State == Serving && now.State == Serving)
        {
            Signal(s_resized, device.Path, now.Name, now.SizeBytes);
        }

        void Note(bool differs, string property)
        {
            if (differs)
            {
                changed.Add(property);
            }
        }
    }

    private void Signal(BusSignal signal, params object[] values) =>
        _tree.Signal(ServiceNames.DevicesPath, ServiceNames.Devices, signal, values);
}
