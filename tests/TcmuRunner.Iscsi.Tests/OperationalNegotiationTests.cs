// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Iscsi.Login;

namespace TcmuRunner.Iscsi.Tests;

public sealed class OperationalNegotiationTests
{
    [Theory]
    [InlineData("HeaderDigest", "CRC32C,None", "CRC32C")]
    [InlineData("HeaderDigest", "None,CRC32C", "None")]
    [InlineData("DataDigest", "X-odd,CRC32C", "CRC32C")]
    [InlineData("MaxConnections", "2", "2")]
    [InlineData("MaxConnections", "60000", "4")]
    [InlineData("InitialR2T", "No", "No")]
    [InlineData("InitialR2T", "Yes", "Yes")]
    [InlineData("ImmediateData", "Yes", "Yes")]
    [InlineData("ImmediateData", "No", "No")]
    [InlineData("MaxBurstLength", "16776192", "1048576")]
    [InlineData("MaxBurstLength", "0x10000", "65536")]
    [InlineData("FirstBurstLength", "512", "512")]
    [InlineData("DefaultTime2Wait", "0", "2")]
    [InlineData("DefaultTime2Retain", "20", "0")]
    [InlineData("MaxOutstandingR2T", "1", "1")]
    [InlineData("DataPDUInOrder", "No", "Yes")]
    [InlineData("DataSequenceInOrder", "No", "Yes")]
    [InlineData("ErrorRecoveryLevel", "2", "0")]
    [InlineData("IFMarker", "Yes", "No")]
    [InlineData("OFMarkInt", "1~2", "Reject")]
    [InlineData("TaskReporting", "FastAbort,RFC3720", "RFC3720")]
    [InlineData("iSCSIProtocolLevel", "2", "1")]
    [InlineData("X-com.example.a", "1", "NotUnderstood")]
    [InlineData("Nonsense", "1", "NotUnderstood")]
    public void A_key_gets_its_answer(string key, string value, string answer)
    {
        var negotiation = new OperationalNegotiation(new SessionParameters());
        var response = new TextParameters();

        Assert.Null(negotiation.Answer(key, value, response));

        Assert.Equal(answer, response.Find(key));
    }

    [Theory]
    [InlineData("InitialR2T", "maybe")]
    [InlineData("MaxBurstLength", "511")]
    [InlineData("MaxBurstLength", "16777216")]
    [InlineData("MaxConnections", "0")]
    [InlineData("MaxConnections", "-1")]
    [InlineData("HeaderDigest", "MD5")]
    [InlineData("MaxRecvDataSegmentLength", "1e6")]
    [InlineData("DefaultTime2Wait", "3601")]
    public void A_value_that_is_not_allowed_ends_the_login(string key, string value) =>
        Assert.NotNull(new OperationalNegotiation(new SessionParameters()).Answer(key, value, new TextParameters()));

    [Fact]
    public void A_key_comes_once()
    {
        var negotiation = new OperationalNegotiation(new SessionParameters());

        Assert.Null(negotiation.Answer("ImmediateData", "Yes", new TextParameters()));

        Assert.NotNull(negotiation.Answer("ImmediateData", "Yes", new TextParameters()));
    }

    [Fact]
    public void What_the_initiator_takes_is_declared_and_not_answered()
    {
        var negotiation = new OperationalNegotiation(new SessionParameters());
        var response = new TextParameters();

        Assert.Null(negotiation.Answer("MaxRecvDataSegmentLength", "65536", response));
        negotiation.Declare(response);
        negotiation.Declare(response);

        Assert.Equal(65536, negotiation.Result.InitiatorReceiveDataSegmentLength);
        Assert.Equal([new("MaxRecvDataSegmentLength", "262144")], response.Pairs);
    }

    [Fact]
    public void The_first_burst_is_no_longer_than_a_burst()
    {
        var negotiation = new OperationalNegotiation(new SessionParameters());

        Assert.Null(negotiation.Answer("MaxBurstLength", "1024", new TextParameters()));
        Assert.Null(negotiation.Finish());

        Assert.Equal(1024, negotiation.Result.FirstBurstLength);
    }

    [Fact]
    public void Digests_that_are_wanted_must_be_offered()
    {
        var negotiation = new OperationalNegotiation(new SessionParameters { DataDigest = DigestChoice.Crc32C });

        Assert.NotNull(negotiation.Finish());
    }
}
