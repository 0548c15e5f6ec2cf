// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>The object above all targets: makes and removes them, and tells of sessions.</summary>
internal static class TargetsObject
{
    internal static readonly BusSignal SessionOpened = new("SessionOpened", [new("session", "o"), new("target", "s"), new("initiator", "s")]);
    internal static readonly BusSignal SessionClosed = new("SessionClosed", [new("session", "o"), new("target", "s"), new("initiator", "s")]);

    /// <summary>How methods take secrets.</summary>
    internal static readonly IReadOnlyList<BusArgument> SecretArguments =
        [new("user", "s"), new("secret", "s"), new("mutual_user", "s"), new("mutual_secret", "s")];

    /// <param name="control">Does the work.</param>
    /// <param name="update">Called after a change: whoever has made it finds the objects as they are then.</param>
    internal static BusObject Create(ITargetsControl control, Action update) => new(ServiceNames.TargetsPath, [CreateInterface(control, update)]) { IsManager = true };

    internal static ChapSecrets SecretsOf(ReadOnlySpan<object> arguments) =>
        new((string)arguments[0], (string)arguments[1], (string)arguments[2], (string)arguments[3]);

    private static BusInterface CreateInterface(ITargetsControl control, Action update) => new(ServiceNames.Targets)
    {
        Methods =
        [
            new BusMethod("Create", [new("name", "s"), new("tag", "q"), new("portals", "as")], [new("target", "o")], async call =>
            {
                (string name, ushort tag) = ((string)call.Arguments[0], (ushort)call.Arguments[1]);
                await control.CreateAsync(name, tag, [.. ((IEnumerable<object>)call.Arguments[2]).Cast<string>()]).ConfigureAwait(false);
                update();
                return [TargetObject.PathOf(name.ToLowerInvariant(), tag)];
            }),
            new BusMethod("Delete", [new("name", "s")], [], call => Run(control.DeleteAsync((string)call.Arguments[0]), update)),
            new BusMethod("Reload", [], [], _ => Run(control.ReloadAsync(), update)),
            new BusMethod("SetDiscoveryChap", SecretArguments, [], call => Run(control.SetDiscoveryChapAsync(SecretsOf(call.Arguments)), update)),
        ],
        Signals = [SessionOpened, SessionClosed],
    };

    private static async Task<object[]> Run(Task work, Action update)
    {
        await work.ConfigureAwait(false);
        update();
        return [];
    }
}
