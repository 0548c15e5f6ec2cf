// SPDX-License-Identifier: Apache-2.0
using System.Threading.Channels;
using TcmuRunner.DBus.Service;

namespace TcmuRunner.DBus.Tests;

/// <summary>The iSCSI front on the bus: targets, sessions, and changes.</summary>
public sealed class TargetObjectTests
{
    private const string Path = "/org/kernel/TCMUService1/targets/iqn_2e2026_2d11_2etest_3adisks/1";
    private const string Properties = "org.freedesktop.DBus.Properties";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Targets_and_sessions_have_their_facts_as_properties()
    {
        await using RunningService running = await StartAsync();

        Dictionary<string, Dictionary<object, object>> managed = await running.ManagedObjectsAsync(ServiceNames.TargetsPath);

        var target = (Dictionary<object, object>)managed[Path][ServiceNames.Target];
        var session = (Dictionary<object, object>)managed[$"{Path}/session7"][ServiceNames.Session];
        Assert.Equal(2, managed.Count);
        Assert.Equal((FakeTargets.Name, (ushort)1, true), ((string)target["Name"], (ushort)target["Tag"], (bool)target["NeedsAuthentication"]));
        Assert.Equal([(ushort)0, "disk1", "file//disk1", 1UL << 20, 512U], (object[])Assert.Single((IEnumerable<object>)target["Luns"]));
        Assert.Equal(["127.0.0.1:3260"], (IEnumerable<object>)target["Portals"]);
        Assert.Equal(("4000013d0000", 100UL, 2U), ((string)session["InitiatorSessionId"], (ulong)session["Commands"], (uint)session["CommandsInFlight"]));
        Assert.Equal([(ushort)0, "192.0.2.7:40000", "127.0.0.1:3260"], (object[])Assert.Single((IEnumerable<object>)session["Connections"]));
    }

    [Fact]
    public async Task A_secret_can_be_set_and_not_be_read()
    {
        await using RunningService running = await StartAsync();

        await running.CallAsync(Path, ServiceNames.Target, "SetChap", "sssss", "", "user", "very-secret", "", "");
        string text = (await running.Bus.GdbusAsync(ServiceNames.TargetsPath, "org.freedesktop.DBus.ObjectManager.GetManagedObjects")).Output;

        Assert.Equal([$"chap {FakeTargets.Name}  user very-secret  "], running.Control.FakeTargets.Done);
        Assert.Contains(FakeTargets.Name, text, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_is_added_with_gdbus()
    {
        await using RunningService running = await StartAsync();

        (int status, string output) = await running.Bus.GdbusAsync(Path, "org.kernel.TCMUService1.Target1.AddLun", "file//srv/new", "uint64 4096", "uint32 0", "int32 -1");
        (int badStatus, string bad) = await running.Bus.GdbusAsync(Path, "org.kernel.TCMUService1.Target1.AddLun", "file/bad", "uint64 4096", "uint32 0", "int32 -1");

        Assert.Equal((0, "(uint16 4,)\n"), (status, output));
        Assert.NotEqual(0, badStatus);
        Assert.Contains("'file/bad' is bad.", bad, StringComparison.Ordinal);
        Assert.Equal([$"add-lun {FakeTargets.Name} file//srv/new 4096 0 -1"], running.Control.FakeTargets.Done);
    }

    [Fact]
    public async Task A_target_that_is_made_has_an_object()
    {
        await using RunningService running = await StartAsync();

        object[] answer = await running.CallAsync(
            ServiceNames.TargetsPath, ServiceNames.Targets, "Create", "sqas", "iqn.2026-11.test:new", (ushort)2, new[] { "127.0.0.1:3261" });

        Assert.Equal(["/org/kernel/TCMUService1/targets/iqn_2e2026_2d11_2etest_3anew/2"], answer);
        Assert.Contains((string)answer[0], (await running.ManagedObjectsAsync(ServiceNames.TargetsPath)).Keys);
        Assert.Equal(["create iqn.2026-11.test:new 2 127.0.0.1:3261"], running.Control.FakeTargets.Done);
    }

    [Fact]
    public async Task What_happens_to_targets_and_sessions_is_told()
    {
        await using RunningService running = await StartAsync();
        FakeTargets targets = running.Control.FakeTargets;
        var signals = Channel.CreateUnbounded<ReceivedSignal>();
        using IDisposable watch = await running.Client.WatchAsync(
            $"type='signal',sender='{ServiceNames.Service}'", signal => signals.Writer.TryWrite(signal));

        targets.Sessions = [FakeTargets.Session(7), FakeTargets.Session(8)];
        await ExpectAsync("InterfacesAdded", $"{Path}/session8");
        await ExpectAsync("SessionOpened", $"{Path}/session8", FakeTargets.Name, "iqn.2026-11.test:host");
        targets.Sessions = [FakeTargets.Session(8)];
        await ExpectAsync("InterfacesRemoved", $"{Path}/session7");
        await ExpectAsync("SessionClosed", $"{Path}/session7", FakeTargets.Name, "iqn.2026-11.test:host");
        targets.Targets = [FakeTargets.Target() with { Portals = [] }];
        await ExpectAsync("PropertiesChanged", ServiceNames.Target);
        targets.Targets = [];
        await ExpectAsync("InterfacesRemoved", Path);

        async Task ExpectAsync(string member, params object[] arguments)
        {
            running.Service.UpdateDevices();
            ReceivedSignal signal = await signals.Reader.ReadAsync().AsTask().WaitAsync(s_limit);
            Assert.Equal(member, signal.Member);
            Assert.Equal(arguments, signal.Arguments.Take(arguments.Length));
        }
    }

    [Fact]
    public async Task Counters_of_a_session_are_those_of_now()
    {
        await using RunningService running = await StartAsync();
        running.Control.FakeTargets.Sessions = [FakeTargets.Session(7) with { Commands = 101 }];

        Assert.Equal([101UL], await running.CallAsync($"{Path}/session7", Properties, "Get", "ss", ServiceNames.Session, "Commands"));
    }

    [Fact]
    public async Task A_session_is_asked_to_log_out()
    {
        await using RunningService running = await StartAsync();

        await running.CallAsync($"{Path}/session7", ServiceNames.Session, "LogOut", "u", 30U);

        Assert.Equal(["logout 7 30"], running.Control.FakeTargets.Done);
    }

    private static Task<RunningService> StartAsync() => RunningService.StartAsync(static control => control.FakeTargets.Fill());
}
