// SPDX-License-Identifier: Apache-2.0
using System.Xml.Linq;
using TcmuRunner.DBus.Service;
using TcmuRunner.TestKit;

namespace TcmuRunner.DBus.Tests;

/// <summary>What targetcli, rtslib, gluster-block and ceph-iscsi see, by gdbus and busctl as they come with the system.</summary>
public sealed class HandlerObjectTests
{
    [Fact]
    public async Task The_root_lists_the_handlers_and_nothing_else()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        (int status, string output) = await running.Bus.GdbusAsync(
            ServiceNames.RootPath, "org.freedesktop.DBus.ObjectManager.GetManagedObjects");

        Assert.Equal(0, status);
        Assert.Equal(
            "({objectpath '/org/kernel/TCMUService1/file': {'org.kernel.TCMUService1': {'ConfigDesc': <'file//path[;ro]'>}}, "
            + "'/org/kernel/TCMUService1/memory': {'org.kernel.TCMUService1': {'ConfigDesc': <'memory/'>}}},)\n",
            output);
    }

    [Fact]
    public async Task A_configuration_is_checked()
    {
        await using RunningService running = await RunningService.StartAsync();

        (int Status, string Output) good = await running.Bus.GdbusAsync(
            "/org/kernel/TCMUService1/file", "org.kernel.TCMUService1.CheckConfig", "file//srv/a");
        (int Status, string Output) bad = await running.Bus.GdbusAsync(
            "/org/kernel/TCMUService1/file", "org.kernel.TCMUService1.CheckConfig", "file/bad");

        Assert.Equal((0, "(true, 'success')\n"), good);
        Assert.Equal((0, "(false, \"'file/bad' is bad.\")\n"), bad);
    }

    [Fact]
    public async Task A_handler_that_throws_costs_its_caller_an_error()
    {
        await using RunningService running = await RunningService.StartAsync();

        BusException failure = await running.FailAsync("/org/kernel/TCMUService1/memory", ServiceNames.Service, "CheckConfig", "s", "memory/explode");

        Assert.Equal((BusErrorName.Failed, "The handler is broken."), (failure.ErrorName, failure.Message));
        Assert.Equal([true, "success"], await running.CallAsync("/org/kernel/TCMUService1/memory", ServiceNames.Service, "CheckConfig", "s", "memory/"));
    }

    [Fact]
    public async Task The_help_is_a_property()
    {
        await using RunningService running = await RunningService.StartAsync();

        (int status, string output) = await running.Bus.RunAsync(
            "busctl", $"--address={running.Bus.Address}", "get-property", ServiceNames.Service, "/org/kernel/TCMUService1/file", ServiceNames.Service, "ConfigDesc");

        Assert.Equal((0, "s \"file//path[;ro]\"\n"), (status, output));
    }

    [Fact]
    public async Task A_medium_is_changed_as_targetcli_asks_for_it()
    {
        await using RunningService running = await RunningService.StartAsync();

        (int Status, string Output) good = await running.Bus.GdbusAsync(
            "/org/kernel/TCMUService1/file", "org.kernel.TCMUService1.ChangeMedium", "disk1", "4096", "file//other");
        (int Status, string Output) bad = await running.Bus.GdbusAsync(
            "/org/kernel/TCMUService1/file", "org.kernel.TCMUService1.ChangeMedium", "none", "4096", "file//other");

        Assert.Equal((0, "(0, 'success')\n"), good);
        Assert.Equal((0, "(-1, \"There is no device 'none'.\")\n"), bad);
        Assert.Equal(["file disk1 4096 file//other"], running.Control.Done);
    }

    [Fact]
    public async Task Only_root_may_ask()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Needs root, to be somebody else.");
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));
        string[] asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "gdbus", "call", "--address", running.Bus.Address, "--dest", ServiceNames.Service];

        (int status, string output) = await running.Bus.RunAsync(
            "setpriv", [.. asNobody, "--object-path", "/org/kernel/TCMUService1/file", "--method", "org.kernel.TCMUService1.CheckConfig", "file//etc/shadow"]);
        (int readStatus, string read) = await running.Bus.RunAsync(
            "setpriv", [.. asNobody, "--object-path", "/org/kernel/TCMUService1", "--method", "org.freedesktop.DBus.ObjectManager.GetManagedObjects"]);

        Assert.NotEqual(0, status);
        Assert.Contains("AccessDenied: Only root may call 'CheckConfig'.", output, StringComparison.Ordinal);
        Assert.True(readStatus == 0, read);
    }

    [Theory]
    [InlineData("/org/kernel/TCMUService1", "org.kernel.TCMUService1.Daemon1.xml")]
    [InlineData("/org/kernel/TCMUService1/file", "org.kernel.TCMUService1.xml")]
    [InlineData("/org/kernel/TCMUService1/HandlerManager1", "org.kernel.TCMUService1.HandlerManager1.xml")]
    [InlineData("/org/kernel/TCMUService1/devices", "org.kernel.TCMUService1.Devices1.xml")]
    [InlineData("/org/kernel/TCMUService1/devices/user_5f1_2fdisk1", "org.kernel.TCMUService1.Device1.xml")]
    [InlineData("/org/kernel/TCMUService1/targets", "org.kernel.TCMUService1.Targets1.xml")]
    [InlineData("/org/kernel/TCMUService1/targets/iqn_2e2026_2d11_2etest_3adisks/1", "org.kernel.TCMUService1.Target1.xml")]
    [InlineData("/org/kernel/TCMUService1/targets/iqn_2e2026_2d11_2etest_3adisks/1/session7", "org.kernel.TCMUService1.Session1.xml")]
    public async Task The_description_in_the_repository_is_what_is_served(string path, string file)
    {
        await using RunningService running = await RunningService.StartAsync(control =>
        {
            control.Devices = [FakeControl.Device("disk1")];
            control.FakeTargets.Fill();
        });
        var served = XDocument.Parse((string)(await running.CallAsync(path, "org.freedesktop.DBus.Introspectable", "Introspect"))[0]);

        var described = XDocument.Load(Repository.PathOf($"dbus/{file}"));

        string[] OursOf(XDocument document) =>
        [
            .. document.Root!.Elements("interface").Where(element => !element.Attribute("name")!.Value.StartsWith("org.freedesktop", StringComparison.Ordinal))
                .Select(element => Normalize(element).ToString()),
        ];
        Assert.Equal(OursOf(served), OursOf(described));
        Assert.Single(OursOf(served));
    }

    [Fact]
    public async Task The_tree_is_what_busctl_shows()
    {
        await using RunningService running = await RunningService.StartAsync(FakeControl.Device("disk1"));

        (int status, string output) = await running.Bus.RunAsync(
            "busctl", $"--address={running.Bus.Address}", "tree", "--list", ServiceNames.Service);

        Assert.Equal(0, status);
        Assert.Equal(
            [
                "/", "/org", "/org/kernel", "/org/kernel/TCMUService1", "/org/kernel/TCMUService1/HandlerManager1",
                "/org/kernel/TCMUService1/devices", "/org/kernel/TCMUService1/devices/user_5f1_2fdisk1",
                "/org/kernel/TCMUService1/file", "/org/kernel/TCMUService1/memory", "/org/kernel/TCMUService1/targets",
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    // Comments are for readers; whitespace is not compared.
    private static XElement Normalize(XElement element) => new(
        element.Name, element.Attributes(), element.Elements().Select(Normalize));
}
