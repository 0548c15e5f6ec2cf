// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>The service <c>org.kernel.TCMUService1</c>: what targetcli, rtslib, gluster-block and ceph-iscsi know, and more.</summary>
/// <remarks>
/// <code>
///  /org/kernel/TCMUService1                   ObjectManager of the handlers; Daemon1
///                         /SUBTYPE            org.kernel.TCMUService1: CheckConfig, ChangeMedium, ConfigDesc
///                         /HandlerManager1    RegisterHandler; not managed
///                         /devices            ObjectManager of the devices; Devices1: what happens to them
///                         /devices/DEVICE     Device1
///                         /targets            ObjectManager of the iSCSI front's targets; Targets1: makes and removes them
///                         /targets/NAME/TAG   Target1: a portal group
///                         /targets/NAME/TAG/sessionN   Session1
/// </code>
/// rtslib takes every object that the first manager lists for a handler: nothing else may be listed there.
/// Keep in sync with the descriptions in dbus/, which a test compares.
/// </remarks>
public sealed class TcmuService : IAsyncDisposable
{
    private readonly IDaemonControl _control;
    private readonly ILogger _logger;
    private readonly ExternalHandlers _external;
    private readonly DeviceBook _devices;
    private readonly TargetBook? _targets;
    private readonly BusServer _server;
    private int _isUpdateDue;

    /// <summary>Creates the service; nothing is on the bus before <see cref="Start"/>.</summary>
    /// <param name="control">Does the work.</param>
    /// <param name="options">Where it is to be; null for the system bus.</param>
    /// <param name="logger">Gets what happens.</param>
    /// <param name="timeProvider">Measures pauses.</param>
    public TcmuService(IDaemonControl control, BusServerOptions? options, ILogger logger, TimeProvider timeProvider)
    {
        _control = control;
        _logger = logger;
        var tree = new ObjectTree();
        tree.Add(new BusObject(ServiceNames.RootPath, [DaemonObject.CreateInterface(control)]) { IsManager = true });
        _external = new ExternalHandlers(tree, logger);
        _devices = new DeviceBook(tree, control);
        _targets = control.Targets is { } targets ? new TargetBook(tree, targets) : null;
        foreach (ServedHandler handler in control.Handlers)
        {
            tree.Add(HandlerObject.Create(handler.Subtype, handler.ConfigurationHelp, Check, ChangeMedium));
        }

        _server = new BusServer(options ?? new BusServerOptions { Name = ServiceNames.Service }, tree, logger, timeProvider);
        _server.Connected += connection =>
        {
            _external.Clear();
            Look();
        };
    }

    /// <summary>Whether the service is on the bus.</summary>
    public bool IsServing => _server.IsServing;

    /// <summary>Begins to serve, in the background; without a bus it waits for one.</summary>
    public void Start() => _server.Start();

    /// <summary>Says that devices, targets or sessions have changed; the look at them is taken soon, on another thread. Any thread, quick.</summary>
    public void UpdateDevices()
    {
        if (Interlocked.Exchange(ref _isUpdateDue, 1) == 0)
        {
            ThreadPool.QueueUserWorkItem(static service => service.Look(), this, preferLocal: false);
        }
    }

    /// <summary>Whether a subtype belongs to a handler in a process of its own, which serves its devices itself. Any thread.</summary>
    public bool IsServedElsewhere(string subtype) => _external.Contains(subtype);

    /// <summary>Leaves the bus.</summary>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private void Look()
    {
        // First: a change that comes while this looks has a look of its own.
        Interlocked.Exchange(ref _isUpdateDue, 0);
        try
        {
            _devices.Update();
            _targets?.Update();
        }
        catch (Exception exception)
        {
            _logger.DevicesUnreadable(exception.Message);
        }
    }

    private Task<object[]> Check(BusCall call) => Task.Run(object[] () =>
    {
        string? reason = _control.CheckConfiguration((string)call.Arguments[0]);
        return [reason is null, reason ?? HandlerObject.Success];
    });

    private Task<object[]> ChangeMedium(BusCall call) => Task.Run(object[] () =>
    {
        string subtype = call.Path[(call.Path.LastIndexOf('/') + 1)..];
        try
        {
            _control.ChangeMedium(subtype, (string)call.Arguments[0], (ulong)call.Arguments[1], (string)call.Arguments[2]);
            return [0, HandlerObject.Success];
        }
        catch (BusException exception)
        {
            return [-1, exception.Message];
        }
    });
}
