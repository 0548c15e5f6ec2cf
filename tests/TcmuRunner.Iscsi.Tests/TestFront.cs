// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;
using TcmuRunner.TestKit.Scsi;

namespace TcmuRunner.Iscsi.Tests;

/// <summary>A front with one target on a free port of the loopback address.</summary>
internal sealed class TestFront : IAsyncDisposable
{
    internal const string Target = "iqn.2026-11.test:disk";

    private TestFront(IscsiFront front, LogicalUnit unit)
    {
        Front = front;
        Unit = unit;
    }

    internal IscsiFront Front { get; }

    /// <summary>LUN 0: 2048 blocks of 512 bytes.</summary>
    internal LogicalUnit Unit { get; }

    internal IPEndPoint Portal => Front.Portals[0];

    internal static async Task<TestFront> StartAsync(
        Func<PortalGroup, PortalGroup>? group = null, IHandlerDevice? device = null, IscsiFrontOptions? options = null, bool forceEpoll = false, ILogger? logger = null)
    {
        LogicalUnitOptions unitOptions = TestUnit.Options with { KnowsInitiators = true };
        LogicalUnit unit = device is null ? TestUnit.OpenMemory(unitOptions) : TestUnit.Open(device, unitOptions);
        options ??= new IscsiFrontOptions { LoopCount = 2, StopLimit = TimeSpan.FromSeconds(5) };
        var front = new IscsiFront(options with { ForceEpoll = forceEpoll }, logger ?? NullLogger.Instance);
        await front.StartAsync(CancellationToken.None);
        var result = new TestFront(front, unit);
        await front.ApplyAsync(result.Configure(group), CancellationToken.None);
        return result;
    }

    /// <summary>The target with one portal group, changed as a test likes.</summary>
    internal TargetConfiguration Configure(Func<PortalGroup, PortalGroup>? change = null)
    {
        var group = new PortalGroup
        {
            Tag = 1,
            Portals = [new Portal(new IPEndPoint(IPAddress.Loopback, 0))],
            Luns = [new LunMapping(0, Unit)],
            AllowsAnyInitiator = true,
        };
        return new TargetConfiguration { Nodes = [new TargetNode { Name = Target, PortalGroups = [change is null ? group : change(group)] }] };
    }

    /// <summary>A session that is logged in and has taken its first unit attention.</summary>
    internal TestInitiator LogIn(string keys = "")
    {
        var initiator = new TestInitiator(Portal);
        TestPdu response = initiator.Login(keys);
        Assert.Equal(Pdus.LoginStatus.Success, response.LoginStatus);
        initiator.ClearUnitAttention();
        return initiator;
    }

    public async ValueTask DisposeAsync()
    {
        await Front.DisposeAsync();
        await Unit.DisposeAsync();
    }
}
