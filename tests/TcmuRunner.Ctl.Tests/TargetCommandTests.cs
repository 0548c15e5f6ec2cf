// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.DBus;
using TcmuRunner.DBus.Service;
using TcmuRunner.DBus.Tests;

namespace TcmuRunner.Ctl.Tests;

/// <summary><c>tcmuctl target</c> and <c>tcmuctl session</c> against the real service on a private bus.</summary>
public sealed class TargetCommandTests : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly FakeControl _control = new();
    private MessageBus? _bus;
    private TcmuService? _service;

    public async ValueTask InitializeAsync()
    {
        _control.FakeTargets.Fill();
        _bus = await MessageBus.StartAsync();
        _service = new TcmuService(
            _control, new BusServerOptions { Name = ServiceNames.Service, Address = _bus.Address }, NullLogger.Instance, TimeProvider.System);
        await using BusConnection client = await BusConnection.ConnectAsync(_bus.Address);
        using var owned = new SemaphoreSlim(0);
        using IDisposable watch = await client.WatchNameAsync(ServiceNames.Service, _ => owned.Release());
        _service.Start();
        while (await client.GetNameOwnerAsync(ServiceNames.Service) is null)
        {
            Assert.True(await owned.WaitAsync(s_limit), "The service does not come.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }

        if (_bus is not null)
        {
            await _bus.DisposeAsync();
        }
    }

    [Fact]
    public async Task Targets_are_shown_as_a_tree_with_their_sessions()
    {
        (int status, string output, string error) = await RunAsync("target", "ls");

        Assert.Equal((0, ""), (status, error));
        string[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Replace(".", "", StringComparison.Ordinal))];
        Assert.Equal(6, lines.Length);
        Assert.Contains("iscsi  [1 target, 1 session]", lines[0], StringComparison.Ordinal);
        Assert.Contains("tag 1  [CHAP]", lines[1], StringComparison.Ordinal);
        Assert.Contains("lun 0  file//disk1  [10MiB, blocks of 512]", lines[3], StringComparison.Ordinal);
        Assert.Contains("[own secret]", lines[4], StringComparison.Ordinal);
        Assert.Contains("100 commands, 45KiB, 2 in flight]", lines[5], StringComparison.Ordinal);
        Assert.Contains("o- iscsi ", (await RunAsync("ls")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Targets_and_sessions_in_JSON()
    {
        JsonNode target = JsonNode.Parse((await RunAsync("target", "ls", "--json")).Output)![0]!;
        JsonNode session = JsonNode.Parse((await RunAsync("session", "ls", "--json")).Output)![0]!;

        Assert.Equal((FakeTargets.Name, "file//disk1", 1L << 20), ((string)target["name"]!, (string)target["luns"]![0]!["configuration"]!, (long)target["luns"]![0]!["sizeBytes"]!));
        Assert.Equal((7, "192.0.2.7:40000", 4096), ((int)session["id"]!, (string)session["connections"]![0]!["remote"]!, (int)session["bytesRead"]!));
    }

    [Theory]
    [InlineData("add-portal disks 192.0.2.1:3260", "add-portal {0} 192.0.2.1:3260")]
    [InlineData("remove-portal iqn.2026-11.test:disks 127.0.0.1:3260", "remove-portal {0} 127.0.0.1:3260")]
    [InlineData("add-lun disks file//srv/x --size 1G --block-size 4096 --lun 7", "add-lun {0} file//srv/x 1073741824 4096 7")]
    [InlineData("add-lun disks file//srv/x", "add-lun {0} file//srv/x 0 0 -1")]
    [InlineData("remove-lun disks 0 --tag 1", "remove-lun {0} 0")]
    [InlineData("resize disks 0 2M", "resize-lun {0} 0 2097152")]
    [InlineData("add-initiator disks iqn.x:y", "add-initiator {0} iqn.x:y")]
    [InlineData("remove-initiator disks iqn.x:y", "remove-initiator {0} iqn.x:y")]
    [InlineData("anybody disks full", "anybody {0} True False")]
    [InlineData("anybody disks read-only", "anybody {0} True True")]
    [InlineData("anybody disks none", "anybody {0} False True")]
    [InlineData("enable disks", "enabled {0} True")]
    [InlineData("disable disks", "enabled {0} False")]
    [InlineData("chap disks --none", "chap {0}     ")]
    [InlineData("delete disks", "delete {0}")]
    [InlineData("reload", "reload")]
    public async Task A_change_reaches_the_daemon(string words, string done)
    {
        (int status, _, string error) = await RunAsync(["target", .. words.Split(' ')]);

        Assert.Equal((0, ""), (status, error));
        Assert.Equal([string.Format(System.Globalization.CultureInfo.InvariantCulture, done, FakeTargets.Name)], _control.FakeTargets.Done);
    }

    [Fact]
    public async Task A_target_is_made_with_disks_and_initiators()
    {
        (int status, string output, string error) = await RunAsync(
            "target", "create", "iqn.2026-11.test:new", "--portal", "127.0.0.1:3261", "--lun", "file//a", "--lun", "file//b", "--size", "1M", "--initiator", "iqn.x:y");

        Assert.Equal((0, ""), (status, error));
        Assert.Equal("iqn.2026-11.test:new is served: iscsiadm -m discovery -t st -p 127.0.0.1:3261\n", output);
        Assert.Equal(
            [
                "create iqn.2026-11.test:new 1 127.0.0.1:3261", "add-lun iqn.2026-11.test:new file//a 1048576 0 -1", "add-lun iqn.2026-11.test:new file//b 1048576 0 -1",
                "add-initiator iqn.2026-11.test:new iqn.x:y",
            ],
            _control.FakeTargets.Done);
    }

    [Fact]
    public async Task A_target_whose_disk_is_refused_goes_again()
    {
        (int status, _, string error) = await RunAsync("target", "create", "iqn.2026-11.test:new", "--lun", "file/bad");

        Assert.Equal((int)ExitStatus.Failed, status);
        Assert.Equal("tcmuctl: 'file/bad' is bad.\n", error);
        Assert.Equal("delete iqn.2026-11.test:new", _control.FakeTargets.Done[^1]);
    }

    [Fact]
    public async Task Secrets_come_from_a_file_and_are_never_shown()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "one secret\nanother secret\n");

        (int status, string output, string error) = await RunAsync("target", "chap", "disks", "--user", "user", "--mutual-user", "us", "--secrets", file);
        (int discoveryStatus, string discovery, _) = await RunAsync("target", "discovery-chap", "--user", "seeker", "--secrets", file);
        await File.WriteAllTextAsync(file, "one secret\n");
        (int missing, _, string reason) = await RunAsync("target", "chap", "disks", "--user", "user", "--mutual-user", "us", "--secrets", file);
        File.Delete(file);

        Assert.Equal((0, 0, (int)ExitStatus.WrongUsage), (status, discoveryStatus, missing));
        Assert.Equal([$"chap {FakeTargets.Name}  user one secret us another secret", "discovery seeker one secret"], _control.FakeTargets.Done);
        Assert.DoesNotContain("one secret", output + error + discovery + reason, StringComparison.Ordinal);
        Assert.Contains("The mutual secret is empty or missing", reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("target add-lun nothing file//x", ExitStatus.NotFound, "The daemon has no target 'nothing'.")]
    [InlineData("target add-lun disks file//x --tag 2", ExitStatus.NotFound, "with the portal group 2")]
    [InlineData("target resize disks 0 512K", ExitStatus.Failed, "would be lost")]
    [InlineData("target resize disks 9 1G", ExitStatus.NotFound, "has no LUN 9")]
    [InlineData("target anybody disks some", ExitStatus.WrongUsage, "'some' is no access")]
    [InlineData("target chap disks", ExitStatus.WrongUsage, "Either --user or --none is needed")]
    [InlineData("target chap disks --none --user x", ExitStatus.WrongUsage, "Either --user or --none is needed")]
    [InlineData("target chap disks --user x --secrets /nonexistent/file", ExitStatus.Failed, "/nonexistent/file")]
    [InlineData("session logout 99", ExitStatus.NotFound, "There is no session 99.")]
    [InlineData("session logout 7 --within 0", ExitStatus.WrongUsage, "At least one second")]
    public async Task What_is_wrong_has_a_status_and_a_reason(string words, object status, string reason)
    {
        (int given, string output, string error) = await RunAsync(words.Split(' '));

        Assert.Equal((int)(ExitStatus)status, given);
        Assert.Contains(reason, error, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.Empty(_control.FakeTargets.Done);
    }

    [Fact]
    public async Task The_end_of_a_session_that_was_asked_to_log_out_is_waited_for()
    {
        Task<(int Status, string Output, string Error)> running = RunAsync("session", "logout", "7", "--within", "5");

        // Its end is told when the daemon looks again, as it does when a session ends.
        while (!running.IsCompleted)
        {
            _service!.UpdateDevices();
            await Task.WhenAny(running, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        (int status, string output, string error) = await running;
        Assert.Equal((0, "Session 7 of iqn.2026-11.test:host has ended.\n", ""), (status, output, error));
        Assert.Equal(["logout 7 5"], _control.FakeTargets.Done);
    }

    [Fact]
    public async Task Who_logs_in_and_out_is_shown_as_it_happens()
    {
        Task<(int Status, string Output, string Error)> watching = RunAsync("watch", "--count", "2", "--json");

        // Its match rule is in force when it hears of some session; until then they come and go.
        for (ulong id = 8; !watching.IsCompleted; id++)
        {
            _control.FakeTargets.Sessions = [FakeTargets.Session(id)];
            _service!.UpdateDevices();
            await Task.WhenAny(watching, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        (int status, string output, _) = await watching;
        JsonNode[] events = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal(0, status);
        Assert.Equal(["session closed", "session opened"], events.Select(happened => (string)happened["event"]!).Order(StringComparer.Ordinal));
        Assert.All(events, happened => Assert.Equal((FakeTargets.Name, "iqn.2026-11.test:host"), ((string)happened["target"]!, (string)happened["initiator"]!)));
    }

    private async Task<(int Status, string Output, string Error)> RunAsync(params string[] words)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int status = await CommandLine.RunAsync([.. words, "--bus", _bus!.Address], output, error, CancellationToken.None).WaitAsync(s_limit);
        return (status, output.ToString(), error.ToString());
    }
}
