// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>An iSCSI front whose targets and sessions a test decides on. It notes what it is asked for.</summary>
internal sealed class FakeTargets : ITargetsControl
{
    internal const string Name = "iqn.2026-11.test:disks";

    public IReadOnlyList<TargetFacts> Targets { get; set; } = [];

    public IReadOnlyList<SessionFacts> Sessions { get; set; } = [];

    public List<string> Done { get; } = [];

    public static TargetFacts Target(params LunFacts[] luns) => new()
    {
        Name = Name,
        Tag = 1,
        IsEnabled = true,
        AllowsAnyInitiator = false,
        NeedsAuthentication = true,
        Portals = ["127.0.0.1:3260"],
        Luns = luns.Length > 0 ? luns : [new LunFacts(0, "disk1", "file//disk1", 1 << 20, 512)],
        Initiators = [new InitiatorFacts("iqn.2026-11.test:host", HasOwnSecret: true)],
    };

    public static SessionFacts Session(ulong id) => new()
    {
        Id = id,
        TargetName = Name,
        Tag = 1,
        InitiatorName = "iqn.2026-11.test:host",
        InitiatorSessionId = "4000013d0000",
        Handle = 3,
        Connections = [new ConnectionFacts(0, "192.0.2.7:40000", "127.0.0.1:3260")],
        Commands = 100,
        BytesRead = 4096,
        BytesWritten = 512,
        Errors = 1,
        CommandsInFlight = 2,
    };

    /// <summary>One target with one session.</summary>
    public void Fill()
    {
        Targets = [Target()];
        Sessions = [Session(7)];
    }

    public SessionFacts? FindSession(ulong id) => Sessions.FirstOrDefault(session => session.Id == id);

    public Task ReloadAsync() => Note("reload");

    public Task CreateAsync(string name, ushort tag, IReadOnlyList<string> portals)
    {
        Targets = [.. Targets, Target() with { Name = name, Tag = tag, Portals = portals, Luns = [] }];
        return Note($"create {name} {tag} {string.Join(',', portals)}");
    }

    public Task DeleteAsync(string name)
    {
        Targets = [.. Targets.Where(target => target.Name != name)];
        return Note($"delete {name}");
    }

    public Task SetDiscoveryChapAsync(ChapSecrets secrets) => Note($"discovery {secrets.User} {secrets.Secret}");

    public async Task<ushort> AddLunAsync(TargetFacts target, string configuration, ulong sizeBytes, uint blockSizeBytes, int number)
    {
        if (configuration.Contains("bad", StringComparison.Ordinal))
        {
            throw new BusException(BusErrorName.Failed, $"'{configuration}' is bad.");
        }

        await Note($"add-lun {target.Name} {configuration} {sizeBytes} {blockSizeBytes} {number}");
        return 4;
    }

    public Task RemoveLunAsync(TargetFacts target, ushort number) => Note($"remove-lun {target.Name} {number}");

    public Task ResizeLunAsync(TargetFacts target, ushort number, ulong sizeBytes) => Note($"resize-lun {target.Name} {number} {sizeBytes}");

    public Task AddPortalAsync(TargetFacts target, string portal) => Note($"add-portal {target.Name} {portal}");

    public Task RemovePortalAsync(TargetFacts target, string portal) => Note($"remove-portal {target.Name} {portal}");

    public Task AddInitiatorAsync(TargetFacts target, string initiator) => Note($"add-initiator {target.Name} {initiator}");

    public Task RemoveInitiatorAsync(TargetFacts target, string initiator) => Note($"remove-initiator {target.Name} {initiator}");

    public Task SetChapAsync(TargetFacts target, string initiator, ChapSecrets secrets) =>
        Note($"chap {target.Name} {initiator} {secrets.User} {secrets.Secret} {secrets.MutualUser} {secrets.MutualSecret}");

    public Task SetEnabledAsync(TargetFacts target, bool isEnabled) => Note($"enabled {target.Name} {isEnabled}");

    public Task SetAnyInitiatorAsync(TargetFacts target, bool isAllowed, bool isReadOnly) => Note($"anybody {target.Name} {isAllowed} {isReadOnly}");

    public Task LogOutAsync(SessionFacts session, uint seconds)
    {
        Sessions = [.. Sessions.Where(other => other.Id != session.Id)];
        return Note($"logout {session.Id} {seconds}");
    }

    private Task Note(string what)
    {
        Done.Add(what);
        return Task.CompletedTask;
    }
}
