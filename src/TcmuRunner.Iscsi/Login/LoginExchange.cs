// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using TcmuRunner.Iscsi.Pdus;
using TcmuRunner.Iscsi.Targets;

namespace TcmuRunner.Iscsi.Login;

/// <summary>The target's side of a login (RFC 7143 6.3): who it is, whether it may, and what is agreed on. Sees requests whole and owns no socket.</summary>
internal sealed class LoginExchange(LoginContext context)
{
    /// <summary>More requests than any login has.</summary>
    private const int MaximumRequests = 64;

    private readonly OperationalNegotiation _discovery = new(new SessionParameters());
    private OperationalNegotiation? _operational;
    private Authentication? _authentication;
    private ChapExchange? _chap;
    private LoginStage? _stage;
    private bool _isAuthenticated;
    private bool _choseMethod;
    private int _requests;

    /// <summary>The initiator's name in lower case; empty before the first request.</summary>
    internal string InitiatorName { get; private set; } = "";

    /// <summary>Whether only discovery was asked for.</summary>
    internal bool IsDiscovery { get; private set; }

    /// <summary>The target; null for discovery.</summary>
    internal TargetNode? Node { get; private set; }

    /// <summary>The portal group that the connection came in through.</summary>
    internal PortalGroup? Group { get; private set; }

    /// <summary>The rule that lets the initiator in.</summary>
    internal InitiatorRule? Rule { get; private set; }

    /// <summary>What was agreed on.</summary>
    internal NegotiatedParameters Parameters => (_operational ?? _discovery).Result;

    /// <summary>Answers a request whose text is complete.</summary>
    internal LoginReply Answer(in LoginRequestHeader request, TextParameters text)
    {
        var response = new TextParameters();
        if (request.VersionMinimum > 0)
        {
            return Fail(LoginStatus.UnsupportedVersion, "The initiator speaks no version of the protocol that we do.");
        }

        if (++_requests > MaximumRequests)
        {
            return Fail(LoginStatus.InitiatorError, "The login comes to no end.");
        }

        LoginStage stage = request.CurrentStage;
        if (_stage is null)
        {
            if (Identify(text, response) is { } refusal)
            {
                return refusal;
            }

            _stage = stage;
        }

        bool isKnownStage = stage is LoginStage.SecurityNegotiation or LoginStage.OperationalNegotiation;
        bool isLegalTransit = !request.IsTransit || (request.NextStage > stage && request.NextStage != (LoginStage)2);
        if (!isKnownStage || stage != _stage || !isLegalTransit)
        {
            return Fail(LoginStatus.InitiatorError, $"The login goes from stage {(int)_stage} to {(int)stage}, and asks for {(int)request.NextStage}.");
        }

        return (stage == LoginStage.SecurityNegotiation ? NegotiateSecurity(text, response) : NegotiateOperation(text, response))
            ?? Advance(request, response);
    }

    private LoginReply? Identify(TextParameters text, TextParameters response)
    {
        if (text.Find("InitiatorName") is not { } initiator)
        {
            return Fail(LoginStatus.MissingParameter, "InitiatorName is missing.");
        }

        if (!IscsiName.TryNormalize(initiator, out string? name, out string? reason))
        {
            return Fail(LoginStatus.InitiatorError, $"InitiatorName: {reason}");
        }

        InitiatorName = name;
        switch (text.Find("SessionType") ?? "Normal")
        {
            case "Discovery":
                IsDiscovery = true;
                _operational = _discovery;
                _discovery.IsDiscovery = true;
                _authentication = context.Configuration.DiscoveryAuthentication;
                break;
            case "Normal":
                if (FindTarget(text) is { } refusal)
                {
                    return refusal;
                }

                response.Add("TargetPortalGroupTag", Group!.Tag.ToString(CultureInfo.InvariantCulture));
                if (Node!.Alias is { Length: > 0 } alias)
                {
                    response.Add("TargetAlias", alias);
                }

                break;
            default:
                return Fail(LoginStatus.SessionTypeNotSupported, "SessionType is neither Normal nor Discovery.");
        }

        _chap = _authentication is null ? null : new ChapExchange(_authentication);
        _isAuthenticated = _authentication is null;
        return null;
    }

    private LoginReply? FindTarget(TextParameters text)
    {
        if (text.Find("TargetName") is not { } target)
        {
            return Fail(LoginStatus.MissingParameter, "TargetName is missing.");
        }

        Node = context.Configuration.Find(target.ToLowerInvariant());
        Group = Node?.FindGroup(context.Listened);
        if (Group is null)
        {
            return Fail(LoginStatus.NotFound, $"There is no target '{target}' at {context.Listened}.");
        }

        Rule = Group.FindRule(InitiatorName, context.Initiator);
        if (Rule is null)
        {
            return Fail(LoginStatus.AuthorizationFailure, $"The initiator may not use '{Node!.Name}'.");
        }

        _authentication = Rule.Authentication ?? Group.Authentication;
        _operational = new OperationalNegotiation(Group.Parameters);
        return null;
    }

    private LoginReply? NegotiateSecurity(TextParameters text, TextParameters response)
    {
        if (text.Find("AuthMethod") is { } methods)
        {
            string[] offered = methods.Split(',');
            string wanted = _isAuthenticated ? "None" : "CHAP";
            if (_choseMethod || !offered.Contains(wanted))
            {
                return Fail(LoginStatus.AuthenticationFailure, $"Authentication by '{wanted}' is needed here, and '{methods}' is offered.");
            }

            _choseMethod = true;
            response.Add("AuthMethod", wanted);
        }

        if (!_isAuthenticated && _choseMethod)
        {
            if (_chap!.Step(text, response) is { } failure)
            {
                return Fail(LoginStatus.AuthenticationFailure, failure);
            }

            _isAuthenticated = _chap.IsDone;
        }

        foreach ((string key, string value) in text.Pairs)
        {
            if (!IsSecurityKey(key) && _operational!.Answer(key, value, response) is { } reason)
            {
                return Fail(LoginStatus.InitiatorError, reason);
            }
        }

        return null;
    }

    private LoginReply? NegotiateOperation(TextParameters text, TextParameters response)
    {
        if (!_isAuthenticated)
        {
            return Fail(LoginStatus.AuthenticationFailure, "The initiator must authenticate itself, and did not.");
        }

        foreach ((string key, string value) in text.Pairs)
        {
            if (key is "InitiatorName" or "InitiatorAlias" or "SessionType" or "TargetName")
            {
                continue;
            }

            if (_operational!.Answer(key, value, response) is { } reason)
            {
                return Fail(LoginStatus.InitiatorError, reason);
            }
        }

        _operational!.Declare(response);
        return null;
    }

    private LoginReply Advance(in LoginRequestHeader request, TextParameters response)
    {
        int current = (int)request.CurrentStage << 2;
        if (!request.IsTransit || !_isAuthenticated)
        {
            // The initiator may want to go on before it has proved who it is: it stays.
            return new LoginReply(LoginStatus.Success, (byte)current, response);
        }

        byte flags = (byte)(BasicHeaderSegment.Final | current | (int)request.NextStage);
        _stage = request.NextStage;
        if (request.NextStage != LoginStage.FullFeaturePhase)
        {
            return new LoginReply(LoginStatus.Success, flags, response);
        }

        return _operational!.Finish() is { } reason
            ? Fail(LoginStatus.InitiatorError, reason)
            : new LoginReply(LoginStatus.Success, flags, response, IsDone: true);
    }

    private static LoginReply Fail(LoginStatus status, string reason) => new(status, 0, new TextParameters(), Reason: reason);

    private static bool IsSecurityKey(string key) => key is "InitiatorName" or "InitiatorAlias" or "SessionType" or "TargetName" or "AuthMethod"
        or "CHAP_A" or "CHAP_I" or "CHAP_C" or "CHAP_N" or "CHAP_R";
}
