// SPDX-License-Identifier: Apache-2.0
using System.Net;
using TcmuRunner.Serve;

namespace TcmuRunner.Tests;

public sealed class ServeArgumentParserTests
{
    [Fact]
    public void A_size_belongs_to_the_configuration_before_it()
    {
        ServeArguments arguments = Parse("file//a", "--size", "1G", "--block-size=4096", "memory/", "--size=512K", "--removable", "file//c");

        Assert.Equal([new("file//a", 1L << 30, 4096), new("memory/", 512 << 10, 512, true), new("file//c", null, 512)], arguments.Disks);
    }

    [Theory]
    [InlineData("127.0.0.1:3261", "127.0.0.1:3261")]
    [InlineData("127.0.0.1", "127.0.0.1:3260")]
    [InlineData("[::1]:4000", "[::1]:4000")]
    [InlineData("::1", "[::1]:3260")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    public void A_portal_has_the_usual_port_unless_it_names_one(string word, string portal) =>
        Assert.Equal([IPEndPoint.Parse(portal)], Parse("memory/", "--portal", word).Portals);

    [Fact]
    public void Without_a_portal_only_this_machine_is_served() =>
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 3260)], Parse("memory/").PortalsOrDefault);

    [Theory]
    [InlineData("a configuration is missing")]
    [InlineData("stands behind the configuration", "--size", "1G")]
    [InlineData("stands behind the configuration", "--removable")]
    [InlineData("needs a value", "memory/", "--size")]
    [InlineData("is not a size", "memory/", "--size", "1X")]
    [InlineData("is not a size", "memory/", "--size", "9999999T")]
    [InlineData("is not a size", "memory/", "--size", "0")]
    [InlineData("is not a block size", "memory/", "--block-size", "-512")]
    [InlineData("is not an address", "memory/", "--portal", "localhost:3260")]
    [InlineData("begins neither", "memory/", "--target", "disk1")]
    [InlineData("unknown option '--sized'", "memory/", "--sized", "1G")]
    public void What_is_wrong_is_said(string part, params string[] words)
    {
        Assert.False(ServeArgumentParser.TryParse(words, out _, out string? error));
        Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_cannot_be_opened_ends_it_with_one_line()
    {
        using var handlers = new TemporaryFolder();

        DaemonProcess.Result result = await DaemonProcess.RunAsync(
            "serve", "nothing/", "--size", "1M", "--portal", "127.0.0.1:0", "--handler-path", handlers.Path);

        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("there is no handler 'nothing'", result.ErrorLine, StringComparison.Ordinal);
    }

    private static ServeArguments Parse(params string[] words)
    {
        Assert.True(ServeArgumentParser.TryParse(words, out ServeArguments? arguments, out string? error), error);
        return arguments;
    }
}
