// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>
/// Handlers in processes of their own, as libtcmu offers them. Such a process owns the bus name
/// <c>org.kernel.TCMUService1.HandlerManager1.SUBTYPE</c>, exports <c>org.kernel.TCMUService1</c> at
/// <c>/org/kernel/TCMUService1/HandlerManager1/SUBTYPE</c>, calls <c>RegisterHandler</c> here, and serves its devices by itself. The
/// daemon lists it among its handlers, passes <c>CheckConfig</c> on to it, and forgets it when its name has no owner any more. Thread safe.
/// </summary>
internal sealed class ExternalHandlers
{
    private const int MaximumSubtypeLength = 32;

    private readonly ObjectTree _tree;
    private readonly ILogger _logger;
    private readonly Lock _sync = new();

    // By subtype; the value is the owner of its bus name.
    private readonly Dictionary<string, string> _owners = new(StringComparer.Ordinal);

    internal ExternalHandlers(ObjectTree tree, ILogger logger)
    {
        _tree = tree;
        _logger = logger;
        var described = new BusInterface(ServiceNames.HandlerManager)
        {
            Methods =
            [
                new BusMethod(
                    "RegisterHandler",
                    [new("subtype", "s"), new("cfg_desc", "s")],
                    [new("succeeded", "b"), new("message", "s")],
                    RegisterAsync),
            ],
        };
        tree.Add(new BusObject(ServiceNames.HandlerManagerPath, [described]));
    }

    /// <summary>Whether such a handler is registered: its devices are not the daemon's.</summary>
    internal bool Contains(string subtype)
    {
        lock (_sync)
        {
            return _owners.ContainsKey(subtype);
        }
    }

    /// <summary>Forgets all: the connection that they were watched over has ended. They register again when the daemon is back.</summary>
    internal void Clear()
    {
        string[] subtypes;
        lock (_sync)
        {
            subtypes = [.. _owners.Keys];
        }

        foreach (string subtype in subtypes)
        {
            Forget(subtype);
        }
    }

    private async Task<object[]> RegisterAsync(BusCall call)
    {
        string subtype = (string)call.Arguments[0];
        string? reason = await TryRegisterAsync(call.Connection, subtype, (string)call.Arguments[1]).ConfigureAwait(false);
        if (reason is not null)
        {
            _logger.ExternalRefused(subtype, reason);
        }

        return [reason is null, reason ?? "succeeded"];
    }

    /// <returns>Why not; null when it is registered.</returns>
    private async Task<string?> TryRegisterAsync(BusConnection connection, string subtype, string help)
    {
        if (subtype.Length is 0 or > MaximumSubtypeLength || !subtype.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            return $"A subtype has 1 to {MaximumSubtypeLength} letters, digits and underscores.";
        }

        // First the watch: an owner that leaves between the two questions is not missed.
        string busName = $"{ServiceNames.HandlerManager}.{subtype}";
        IDisposable watch = await connection.WatchNameAsync(busName, owner => OnOwnerChanged(subtype, owner)).ConfigureAwait(false);
        string? owner = await connection.GetNameOwnerAsync(busName).ConfigureAwait(false);
        string? reason = owner is null ? $"Cannot find handler bus name: {busName}" : Export(connection, subtype, help, owner);
        if (reason is null)
        {
            _logger.ExternalRegistered(subtype, busName);
        }
        else
        {
            watch.Dispose();
        }

        return reason;
    }

    private string? Export(BusConnection connection, string subtype, string help, string owner)
    {
        lock (_sync)
        {
            if (_owners.TryGetValue(subtype, out string? known))
            {
                return known == owner ? null : $"The handler '{subtype}' is registered already.";
            }

            if (!_tree.Add(HandlerObject.Create(
                subtype, help, call => CheckAsync(connection, subtype, call), call => ChangeMediumAsync(connection, subtype, call))))
            {
                return $"The daemon has a handler or an object '{subtype}' of its own.";
            }

            _owners.Add(subtype, owner);
            return null;
        }
    }

    // The external handler has as long as its caller waits.
    private static Task<object[]> CheckAsync(BusConnection connection, string subtype, BusCall call) =>
        PassOnAsync(connection, subtype, "CheckConfig", "s", call, reason => [false, reason]);

    private static Task<object[]> ChangeMediumAsync(BusConnection connection, string subtype, BusCall call) =>
        PassOnAsync(connection, subtype, "ChangeMedium", "sts", call, reason => [-1, reason]);

    private static async Task<object[]> PassOnAsync(
        BusConnection connection, string subtype, string member, string signature, BusCall call, Func<string, object[]> onFailure)
    {
        try
        {
            return await connection.CallAsync(
                $"{ServiceNames.HandlerManager}.{subtype}",
                $"{ServiceNames.HandlerManagerPath}/{subtype}",
                ServiceNames.Service,
                member,
                signature,
                call.Arguments).ConfigureAwait(false);
        }
        catch (BusException exception)
        {
            return onFailure(exception.Message);
        }
    }

    private void OnOwnerChanged(string subtype, string owner)
    {
        lock (_sync)
        {
            if (!_owners.TryGetValue(subtype, out string? known) || known == owner)
            {
                return;
            }
        }

        Forget(subtype);
        _logger.ExternalVanished(subtype);
    }

    private void Forget(string subtype)
    {
        lock (_sync)
        {
            if (_owners.Remove(subtype))
            {
                _tree.Remove(HandlerObject.PathOf(subtype));
            }
        }
    }
}
