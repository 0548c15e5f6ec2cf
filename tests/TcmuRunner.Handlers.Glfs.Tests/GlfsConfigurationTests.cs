// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Glfs.Tests;

/// <summary>The grammar of <c>glfs/</c> configuration strings.</summary>
public sealed class GlfsConfigurationTests
{
    [Theory]
    [InlineData("glfs/vol@host/disk", "vol", "host:24007", "disk")]
    [InlineData("glfs/vol@10.0.0.1/block-store/0f9c", "vol", "10.0.0.1:24007", "block-store/0f9c")]
    [InlineData("glfs/vol@host:24010//disk.img", "vol", "host:24010", "disk.img")]
    [InlineData("glfs/vol@a,b:1,[fe80::1]:2,[::1]/d", "vol", "a:24007,b:1,fe80::1:2,::1:24007", "d")]
    [InlineData("glfs/vol@/d;socket=/run/glusterd.socket", "vol", "/run/glusterd.socket", "d")]
    [InlineData("glfs/vol@host/a@b", "vol", "host:24007", "a@b")]
    public void The_path_names_volume_servers_and_file(string text, string volume, string servers, string path)
    {
        GlfsConfiguration parsed = Parse(text);

        Assert.Equal((volume, servers, path), (parsed.Volume.Name, string.Join(',', parsed.Volume.Servers), parsed.Path));
    }

    [Fact]
    public void Flags_are_taken()
    {
        Assert.True(Parse("glfs/v@h/d;ro").IsReadOnly);
        Assert.True(Parse("glfs/v@h/d;create").MayCreate);
        Assert.True(Parse("glfs/v@h/d;lock").KeepsLock);
    }

    [Fact]
    public void Disks_of_the_same_volume_and_servers_share_a_connection()
    {
        Assert.Equal(Parse("glfs/v@h/a").Volume, Parse("glfs/v@h:24007/b;create").Volume);
        Assert.NotEqual(Parse("glfs/v@h/a").Volume, Parse("glfs/v@h:24008/a").Volume);
        Assert.NotEqual(Parse("glfs/v@h/a").Volume, Parse("glfs/w@h/a").Volume);
        Assert.NotEqual(Parse("glfs/v@h,i/a").Volume, Parse("glfs/v@i,h/a").Volume);
    }

    [Theory]
    [InlineData("glfs/", "names no volume")]
    [InlineData("glfs/volume", "names no volume")]
    [InlineData("glfs/volume@host", "names no volume")]
    [InlineData("glfs/@host/path", "names no volume")]
    [InlineData("glfs/a/b@host/path", "names no volume")]
    [InlineData("glfs/v@host/", "path of the file is missing")]
    [InlineData("glfs/v@host/directory/", "path of the file is missing")]
    [InlineData("glfs/v@/disk", "is no server")]
    [InlineData("glfs/v@host,/disk", "is no server")]
    [InlineData("glfs/v@host:0/disk", "is no server")]
    [InlineData("glfs/v@host:65536/disk", "is no server")]
    [InlineData("glfs/v@host:port/disk", "is no server")]
    [InlineData("glfs/v@[::1/disk", "is no server")]
    [InlineData("glfs/v@host/d;socket=/s", "no server is named")]
    [InlineData("glfs/v@/d;socket=relative", "absolute path")]
    [InlineData("glfs/v@/d;socket", "absolute path")]
    [InlineData("glfs/v@h/d;unknown", "no option 'unknown'")]
    [InlineData("glfs/v@h/d;ro=1", "takes no value")]
    [InlineData("glfs/v@h/d;ro;create", "nothing is written")]
    [InlineData("glfs/v@h/d;ro;lock", "nothing is written")]
    public void What_is_wrong_is_said(string text, string part)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out _));

        ConfigurationCheck check = new GlfsHandler().CheckConfiguration(configuration);

        Assert.Contains(part, check.Reason, StringComparison.Ordinal);
        Assert.EndsWith(".", check.Reason, StringComparison.Ordinal);
    }

    private static GlfsConfiguration Parse(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        Assert.True(GlfsConfiguration.TryParse(configuration, out GlfsConfiguration? parsed, out reason), reason);
        return parsed;
    }
}
