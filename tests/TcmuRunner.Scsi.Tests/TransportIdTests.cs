// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi.Tests;

public sealed class TransportIdTests
{
    private const string Padded = "45 00 0024 69716E2E746573743A646973632D31 2C692C3078 303032333344303030303031 00000000";

    /// <summary>SPC-5 7.6.4.6: name, separator, session id; at least one NUL, a multiple of four bytes.</summary>
    [Fact]
    public void An_iscsi_port_is_written_as_the_standard_says()
    {
        TransportId port = TransportId.ForIscsi("iqn.test:disc-1", Expect.Hex("00233D000001"));

        Assert.Equal(Expect.Hex(Padded.Replace("3344", "3364", StringComparison.Ordinal)), port.Bytes.ToArray());
        Assert.Equal(5, port.ProtocolId);
        Assert.Equal("iqn.test:disc-1,i,0x00233d000001", port.ToString());
    }

    /// <summary>RFC 7143 4.2.7.1: the session id may be spelled in either case; it is the same port.</summary>
    [Fact]
    public void A_port_is_known_again_however_it_is_spelled()
    {
        Assert.True(TransportId.TryParse(Expect.Hex(Padded), out TransportId? parsed, out int length));

        Assert.Equal(40, length);
        Assert.Equal(TransportId.ForIscsi("iqn.test:disc-1", Expect.Hex("00233D000001")), parsed);
    }

    [Fact]
    public void A_name_without_a_session_covers_all_ports_of_the_initiator()
    {
        byte[] bytes = Expect.Hex("05 00 0014 69716E2E746573743A61 00000000000000000000");

        Assert.True(TransportId.TryParse(bytes, out TransportId? device, out _));

        Assert.True(device.Covers(TransportId.ForIscsi("iqn.test:a", [1, 2, 3, 4, 5, 6])));
        Assert.False(device.Covers(TransportId.ForIscsi("iqn.test:b", [1, 2, 3, 4, 5, 6])));
        Assert.False(TransportId.ForIscsi("iqn.test:a", [1, 2, 3, 4, 5, 6]).Covers(device));
    }

    [Fact]
    public void Another_protocol_has_twenty_four_bytes()
    {
        byte[] sas = [0x06, 0, 0, 0, 0x50, 1, 2, 3, 4, 5, 6, 7, .. new byte[20]];

        Assert.True(TransportId.TryParse(sas, out TransportId? port, out int length));

        Assert.Equal(24, length);
        Assert.Equal(6, port.ProtocolId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("45 00 0024 69716E")]
    [InlineData("45 00 0010 69716E2E746573743A61 000000000000 00000000")]
    [InlineData("45 00 0015 69716E2E746573743A61 2C692C3078 000000000000")]
    [InlineData("45 00 0014 69716E2E746573743A61 00000000000000000000")]
    [InlineData("45 00 0020 69716E2E746573743A61 2C692C3078 3030303030303030303047 00000000000000")]
    [InlineData("05 00 0014 00000000000000000000 00000000000000000000")]
    [InlineData("05 00 0014 69716E2E746573743A61 00000000000000000001")]
    [InlineData("05 00 0014 6969696969696969696969696969696969696969")]
    [InlineData("85 00 0014 69716E2E746573743A61 00000000000000000000")]
    [InlineData("86 00 0000 0000000000000000000000000000000000000000")]
    public void A_damaged_one_is_refused(string hex) => Assert.False(TransportId.TryParse(Expect.Hex(hex), out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("iqn")]
    public void A_port_needs_a_name_and_six_bytes(string name) =>
        Assert.ThrowsAny<ArgumentException>(() => TransportId.ForIscsi(name, new byte[5]));
}
